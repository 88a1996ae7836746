"""Both servers as one thing to start and stop; a server that the environment names is used instead of ours."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from berth.services.credentials import load_or_create
from berth.services.filelock import DirectoryLock
from berth.services.identity import open_twin
from berth.services.postgres import FOLDER as POSTGRES_FOLDER
from berth.services.postgres import Postgres
from berth.services.server import Server
from berth.services.valkey import Valkey


class EmbeddedServices:
    """PostgreSQL and Valkey of one data directory.

    DATABASE_URL and REDIS_URL of the environment win: what they name is used and never started or stopped here.
    `durable=False` (tests) trades safety against power loss for speed.
    Start it on a thread that lives as long as the servers shall: Linux ends them with the thread that started them.
    """

    def __init__(
        self, directory: Path, *, durable: bool = True, postgres_settings: Mapping[str, str] | None = None
    ) -> None:
        self.directory = directory.resolve()
        self._postgres_settings = postgres_settings
        self._durable = durable
        self._lock = DirectoryLock(self.directory)
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None

    @property
    def database_url(self) -> str:
        """For DATABASE_URL."""
        return self.postgres.url if self.postgres else os.environ["DATABASE_URL"]

    @property
    def redis_url(self) -> str:
        """For REDIS_URL; database index 0."""
        return self.valkey.url if self.valkey else os.environ["REDIS_URL"]

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find both."""
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}

    @property
    def servers(self) -> list[Server]:
        """The servers that we run, in starting order."""
        return [server for server in (self.postgres, self.valkey) if server]

    def start(self) -> None:
        """Start what is not given. Raises AlreadyRunning or ServiceError, and then leaves nothing behind."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            credentials = load_or_create(self.directory)
            if not os.environ.get("DATABASE_URL"):
                self.postgres = Postgres(
                    self.directory, credentials, durable=self._durable, settings=self._postgres_settings
                )
                self.postgres.start()
            if not os.environ.get("REDIS_URL"):
                self.valkey = Valkey(self.directory, credentials, durable=self._durable)
                self.valkey.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Valkey first, PostgreSQL last: what a client still writes on its way out is kept."""
        for server in reversed(self.servers):
            server.stop()
        self._lock.release()

    def restart_dead(self) -> list[str]:
        """Start again each server that died, on its old port; names of those."""
        dead = [server for server in self.servers if not server.running]
        for server in dead:
            server.restart()
        return [server.name for server in dead]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def remove(directory: Path) -> None:
    """Delete a data directory and what root may keep for it elsewhere. Raises AlreadyRunning while it is in use."""
    if directory.exists():
        lock = DirectoryLock(directory)
        lock.acquire()
        try:
            shutil.rmtree(directory)
        finally:
            lock.release()
    shutil.rmtree(open_twin(directory / POSTGRES_FOLDER), ignore_errors=True)
