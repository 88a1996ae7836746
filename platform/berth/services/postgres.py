"""The embedded PostgreSQL: one cluster per data directory, reached over loopback TCP with a generated password."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection

from berth.services import binaries, processes
from berth.services.credentials import Credentials, write_private
from berth.services.errors import ServiceError
from berth.services.identity import take_seat
from berth.services.server import Server, wait_for

FOLDER = "postgresql"
DATABASE = OWNER = "berth"
SUPERUSER = "postgres"
EXTENSIONS = ("btree_gist", "pg_trgm", "cube", "earthdistance")
"""Made in the database and in template1, so that test databases have them too."""

COMMON_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path must be < 107 bytes, a checkout's path need not be
    "max_connections": "250",
    "timezone": "UTC",
    "log_min_messages": "warning",
}
THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
"""For tests: faster, and lost with the machine's power."""


class Postgres(Server):
    """A PostgreSQL server on `<directory>/postgres-<major>`."""

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": refuse new work, roll back, flush, end

    def __init__(
        self,
        directory: Path,
        credentials: Credentials,
        *,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """``settings``: further parameters of postgresql.conf, such as shared_buffers."""
        super().__init__(directory / "postgres.log")
        self._settings = dict(settings or {})
        self._credentials = credentials
        self._durable = durable
        folder = binaries.postgres_folder()
        self._major = binaries.postgres_major(folder)
        self._seat = take_seat(directory / FOLDER, folder)
        self._cluster = self._seat.data / f"postgres-{self._major}"

    @property
    def url(self) -> str:
        """DATABASE_URL of the platform's own role."""
        return f"postgres://{OWNER}:{self._credentials.owner}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def data(self) -> Path:
        """Where the files lie (not always below the data directory: see identity.py)."""
        return self._seat.data

    def start(self) -> None:
        """Make the cluster if there is none, start it, and make role, database and extensions."""
        if not self._cluster.exists():
            self._initialise()
        self._clear_stale_pid_file()
        super().start()
        self._bootstrap()

    def _initialise(self) -> None:
        """initdb into a folder beside, renamed when complete: a killed set-up leaves no half cluster."""
        partial = self._cluster.with_name(f"{self._cluster.name}.new")
        shutil.rmtree(partial, ignore_errors=True)
        password_file = self._seat.data / "initial-password"
        write_private(password_file, self._credentials.superuser)
        self._seat.give(password_file)
        self._run_initdb(partial, password_file)
        password_file.unlink()
        partial.rename(self._cluster)

    def _run_initdb(self, target: Path, password_file: Path) -> None:
        locale = ["--locale-provider=builtin", "--locale=C.UTF-8"] if self._major >= 17 else ["--no-locale"]
        command: list[str | Path] = [
            self._seat.binaries / "initdb",
            "-D",
            target,
            "-U",
            SUPERUSER,
            "-E",
            "UTF8",
            *locale,
        ]
        command += ["-A", "scram-sha-256", f"--pwfile={password_file}", *self._initial_sync()]
        with self.log.open("ab") as log:
            done = processes.launch(command, output=log, env=_plain_environment(), identity=self._seat.identity).wait()
        if done != 0:
            raise ServiceError(f"initdb failed; the end of {self.log}:\n{self._log_end()}")

    def _initial_sync(self) -> list[str]:
        """How the new files get to the disk; one sync for all is faster than one for each of a thousand."""
        if not self._durable:
            return ["--no-sync"]
        return ["--sync-method=syncfs"] if self._major >= 17 and sys.platform == "linux" else []

    def _clear_stale_pid_file(self) -> None:
        """End a postmaster that was left on our cluster; drop the note of one that is gone.

        We hold the directory's lock, so whoever is in there is left over. PostgreSQL itself refuses to start when
        the noted number now belongs to any other process, which is common in a container that was started again.
        """
        note = self._cluster / "postmaster.pid"
        if not note.exists():
            return
        pid = int(note.read_text().splitlines()[0])
        if _is_postmaster_of(pid, self._cluster):
            os.kill(pid, signal.SIGINT)
            if not wait_for(lambda: not note.exists(), patience=30):
                raise ServiceError(f"A PostgreSQL from before (process {pid}) does not stop; end it by hand.")
        note.unlink(missing_ok=True)

    def _launch(self) -> subprocess.Popen[bytes]:
        settings = {**COMMON_SETTINGS, **({} if self._durable else THROWAWAY_SETTINGS), **self._settings}
        settings["port"] = str(self.port)
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        command: list[str | Path] = [self._seat.binaries / "postgres", "-D", self._cluster, *options]
        with self.log.open("ab") as log:
            return processes.launch(
                command,
                output=log,
                env=_plain_environment(),
                cwd=self._seat.data,
                death_signal=signal.SIGINT,
                identity=self._seat.identity,
            )

    def _ready(self, process: subprocess.Popen[bytes]) -> bool:
        """By the server's own note: a bare connect could reach somebody else's server on that port."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready"

    def _bootstrap(self) -> None:
        """Make the role, the database and the extensions; changes nothing the second time."""
        with closing(self._connect("postgres")) as server:
            _make_role(server, self._credentials.owner)
            _make_database(server)
        for database in ("template1", DATABASE):
            with closing(self._connect(database)) as inside:
                _make_extensions(inside)

    def _connect(self, database: str) -> connection:
        opened = psycopg2.connect(
            host="127.0.0.1",
            port=self.port,
            dbname=database,
            user=SUPERUSER,
            password=self._credentials.superuser,
            client_encoding="UTF8",
        )
        opened.autocommit = True
        return opened


def _make_role(server: connection, password: str) -> None:
    with server.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER])
        if cursor.fetchone() is None:
            create = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
            cursor.execute(create.format(sql.Identifier(OWNER), sql.Literal(password)))


def _make_database(server: connection) -> None:
    with server.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if cursor.fetchone() is None:
            create = sql.SQL("CREATE DATABASE {} OWNER {}")
            cursor.execute(create.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))


def _make_extensions(inside: connection) -> None:
    with inside.cursor() as cursor:
        cursor.execute("SET client_min_messages = warning")
        for extension in EXTENSIONS:
            cursor.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))


def _is_postmaster_of(pid: int, cluster: Path) -> bool:
    """Whether that process serves that cluster, by its command line."""
    answer = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return str(cluster) in answer.stdout


def _plain_environment() -> dict[str, str]:
    """Our environment without what would steer PostgreSQL (PGDATA, PGPORT …) or its messages' language."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}
