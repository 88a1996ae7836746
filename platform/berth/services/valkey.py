"""The embedded Valkey: broker, cache and live fan-out, on loopback with a generated password."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from berth.services import binaries, processes
from berth.services.credentials import Credentials, write_private
from berth.services.server import Server

NO_RETRY = Retry(NoBackoff(), 0)
"""We ask again ourselves, and sooner than the client's growing pauses would."""
DATABASES = 64
"""Enough for a database index per test worker."""


class Valkey(Server):
    """A Valkey server on `<directory>/valkey`; durable means an append-only file, flushed every second."""

    name = "Valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, directory: Path, credentials: Credentials, *, durable: bool = True) -> None:
        super().__init__(directory / "valkey.log")
        self._program = binaries.valkey_program()
        self._password = credentials.valkey
        self._durable = durable
        self._folder = directory / "valkey"

    @property
    def url(self) -> str:
        """REDIS_URL of database 0."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def _launch(self) -> subprocess.Popen[bytes]:
        self._folder.mkdir(parents=True, exist_ok=True)
        write_private(self._folder / "valkey.conf", self._configuration())
        with self.log.open("ab") as log:
            return processes.launch([self._program, "valkey.conf"], output=log, cwd=self._folder)

    def _configuration(self) -> str:
        """In a private file, not on the command line: everybody on the machine can read those."""
        return "\n".join(
            [
                "bind 127.0.0.1",
                f"port {self.port}",
                f"requirepass {self._password}",
                f"databases {DATABASES}",
                f"appendonly {'yes' if self._durable else 'no'}",
                'save ""',
                "loglevel warning",
                "daemonize no",
                "",
            ]
        )

    def _ready(self, process: subprocess.Popen[bytes]) -> bool:
        """It answers, has loaded its file, and is this process and not another on the same port."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2, retry=NO_RETRY) as client:
                answer = client.info("server")
        except redis.RedisError:
            return False
        return isinstance(answer, dict) and answer["process_id"] == process.pid
