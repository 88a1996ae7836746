"""Our end of the guard (guard.py): tells it which process groups live."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")


class Watchdog:
    """Runs the guard, whose standard input ends when we do, however we do."""

    def __init__(self, patience: float = 15.0) -> None:
        self._patience = patience
        self._process: subprocess.Popen[str] | None = None
        self._turn = threading.Lock()

    def start(self) -> None:
        """In a session of its own: a Ctrl-C for us is none for the guard."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARD), str(self._patience)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            start_new_session=True,
        )

    def track(self, group: int, alive: bool) -> None:
        """A process group has begun or ended."""
        with self._turn, contextlib.suppress(BrokenPipeError):  # a demo without its guard still runs
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.write(f"{'+' if alive else '-'}{group}\n")

    def stop(self) -> None:
        """Let the guard see that everything has ended; it kills what has not."""
        if self._process is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.communicate()
            self._process = None
