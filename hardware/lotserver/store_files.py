"""The files of a store: held by one lot server, sound at its start, with a reserve of disk for calls for help."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import sqlite3
import time
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)
LOCK_PATIENCE = 10.0
"""Seconds for which a lot server waits until the one before it has let go of the store."""
RESERVE = 4 * 1024 * 1024
"""Bytes of disk kept for calls for help and what staff do about them."""


class StoreInUse(OSError):
    """Another lot server has this store, and so this lot's lines and gates."""


class StoreFull(sqlite3.OperationalError):
    """The disk is full but for the reserve: only calls for help, and what makes room, may be written."""


def hold(path: Path) -> IO[bytes]:
    """Hold the file locked until it is closed, or its process ends in whatever way."""
    file = path.open("ab")
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.truncate(0)
            file.write(str(os.getpid()).encode())  # who has it, for whoever must end it
            file.flush()
            return file
        if time.monotonic() > deadline:
            file.close()
            raise StoreInUse(f"{path.parent}: another lot server runs here")
        time.sleep(0.1)


def set_aside_if_broken(path: Path) -> Path | None:
    """A store that is no sound database is renamed, never deleted: where to; None where it is sound or absent.

    The lot server then begins with a new one: grants are pulled anew, events are numbered on where the platform stands.
    """
    if not path.exists() or path.stat().st_size == 0 or _is_sound(path):
        return None
    aside = path.with_name(f"{path.name}.broken-{int(time.time())}")
    for ending in ("-wal", "-shm", ""):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    log.critical("the store was damaged: it is kept as %s, the lot begins with a new one", aside)
    return aside


def _is_sound(path: Path) -> bool:
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise
        return False


class Reserve:
    """A file that takes up space until calls for help need it."""

    def __init__(self, path: Path, size: int = RESERVE) -> None:
        self._path = path
        self._size = size
        self._held = path.exists() and path.stat().st_size == size

    def ask(self, *, urgent: bool) -> None:
        """Before a write. Urgent ones get the reserve once the disk is nearly full; raises StoreFull for the others."""
        if urgent:
            if self._held and free_bytes(self._path.parent) < self._size // 4:
                log.critical("the disk is full: the reserve is used for calls for help")
                self._path.unlink(missing_ok=True)
                self._held = False
        elif not self._held:
            self._take()

    def _take(self) -> None:
        """Take the space (again). Raises StoreFull where there is none to spare."""
        if free_bytes(self._path.parent) < self._size + self._size // 4:
            raise StoreFull("the disk is full")
        try:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
        except OSError as error:
            raise StoreFull("the disk is full") from error
        self._held = True


def free_bytes(folder: Path) -> int:
    """What an ordinary process may still write there."""
    space = os.statvfs(folder)
    return space.f_bavail * space.f_frsize
