"""The machine that a lot server runs on, as far as one can pull its plug.

A running lot server holds a file locked and has written its process id into it (hardware.lotserver.store). Power off
kills it at once, as a power cut would, and keeps the file locked, so that whatever starts it again waits; power on
lets go of the file.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import threading
import time
from pathlib import Path
from typing import IO

KILL_PATIENCE = 3.0
"""Seconds for the kernel to give us the file after the kill."""


class ServerMachine:
    """``on`` is False only while its power is cut here; whether a program runs on it is another matter."""

    def __init__(self, lock_file: str) -> None:
        self._path = Path(lock_file) if lock_file else None
        self._held: IO[bytes] | None = None
        self._guard = threading.Lock()

    @property
    def known(self) -> bool:
        """Whether its lock file is, so that its power can be cut."""
        return self._path is not None and self._path.exists()

    @property
    def on(self) -> bool:
        return self._held is None

    def power(self, on: bool) -> None:
        """Again changes nothing. Raises TimeoutError where the lot server survives."""
        with self._guard:
            if on and self._held:
                self._held.close()
                self._held = None
            elif not on and self._held is None and self._path:
                self._held = _take(self._path)


def _take(path: Path) -> IO[bytes]:
    """The file, locked by us; whoever holds it is killed."""
    file = path.open("r+b")
    deadline = time.monotonic() + KILL_PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.truncate(0)  # the process that it names is gone, and its number may be given to another
            return file
        file.seek(0)
        holder = file.read(20).strip()
        if holder.isdigit() and int(holder) not in (0, 1, os.getpid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(holder), signal.SIGKILL)
        time.sleep(0.02)
    file.close()
    raise TimeoutError(f"{path} stays locked")
