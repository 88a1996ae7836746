"""The embedded servers, as the user who runs the tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import redis

from berth.services import AlreadyRunning, EmbeddedServices, ServiceError, binaries
from berth.services.embedded import remove
from berth.services.postgres import EXTENSIONS
from berth.services.server import wait_for
from berth.services.valkey import NO_RETRY
from tests.ground.processes import alive


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests start servers of their own, whatever the suite itself runs on."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServices]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        patch.delenv("REDIS_URL", raising=False)
        with EmbeddedServices(tmp_path_factory.mktemp("services"), durable=False) as running:
            yield running


def ask(url: str, question: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(question)
        return cursor.fetchall() if cursor.description else []


def test_database_url_signs_in_as_an_ordinary_role(services: EmbeddedServices) -> None:
    rows = ask(services.database_url, "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
    assert rows == [("berth", False)]


def test_database_stores_utf8(services: EmbeddedServices) -> None:
    assert ask(services.database_url, "SHOW server_encoding") == [("UTF8",)]
    assert ask(services.database_url, "SELECT length('泊位')") == [(2,)]


def test_extensions_are_in_new_databases_too(services: EmbeddedServices) -> None:
    question = "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY extname"
    expected = [(name,) for name in sorted(EXTENSIONS)]
    assert ask(services.database_url, question) == expected
    ask(services.database_url, "CREATE DATABASE another")
    assert ask(services.database_url.removesuffix("berth") + "another", question) == expected


def test_wrong_password_is_refused(services: EmbeddedServices) -> None:
    assert services.postgres is not None
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(host="127.0.0.1", port=services.postgres.port, user="berth", password="wrong", dbname="berth")


def test_valkey_wants_its_password(services: EmbeddedServices) -> None:
    assert services.valkey is not None
    assert redis.Redis.from_url(services.redis_url).set("key", "value") is True
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=services.valkey.port, retry=NO_RETRY).ping()


def test_passwords_are_readable_by_their_owner_only(services: EmbeddedServices) -> None:
    for name in ("credentials.json", "valkey/valkey.conf"):
        assert (services.directory / name).stat().st_mode & 0o777 == 0o600


def test_same_directory_twice_is_refused_with_a_clear_sentence(services: EmbeddedServices) -> None:
    with pytest.raises(AlreadyRunning, match=f"is in use by process {os.getpid()}: stop that one first"):
        EmbeddedServices(services.directory).start()
    assert ask(services.database_url, "SELECT 1") == [(1,)]


def test_second_instance_runs_beside_the_first(services: EmbeddedServices, tmp_path: Path) -> None:
    with EmbeddedServices(tmp_path, durable=False) as second:
        ask(second.database_url, "CREATE TABLE mine (x int)")
        assert ask(services.database_url, "SELECT to_regclass('mine')") == [(None,)]
        assert {services.database_url, services.redis_url}.isdisjoint({second.database_url, second.redis_url})


def test_data_is_kept_and_urls_keep_their_passwords(tmp_path: Path) -> None:
    with EmbeddedServices(tmp_path) as first:
        ask(first.database_url, "CREATE TABLE kept AS SELECT 7 AS x")
        redis.Redis.from_url(first.redis_url).set("kept", "7")
    with EmbeddedServices(tmp_path) as second:
        assert ask(second.database_url, "SELECT x FROM kept") == [(7,)]
        assert redis.Redis.from_url(second.redis_url).get("kept") == b"7"


def test_killed_servers_come_back_on_their_ports_with_their_data(tmp_path: Path) -> None:
    with EmbeddedServices(tmp_path) as services:
        before = services.environment
        ask(services.database_url, "CREATE TABLE kept AS SELECT 7 AS x")
        for server in services.servers:
            assert server.process is not None
            server.process.kill()
            server.process.wait()
        assert services.restart_dead() == ["PostgreSQL", "Valkey"]
        assert services.environment == before
        assert ask(services.database_url, "SELECT x FROM kept") == [(7,)]
        assert services.restart_dead() == []


def test_stale_pid_file_of_another_process_does_not_stop_the_start(tmp_path: Path) -> None:
    with EmbeddedServices(tmp_path, durable=False) as services:
        assert services.postgres is not None
        [note] = services.postgres.data.glob("postgres-*/postmaster.pid")
        lines = note.read_text().splitlines()
    note.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with EmbeddedServices(tmp_path, durable=False) as services:
        assert ask(services.database_url, "SELECT 1") == [(1,)]


def test_given_urls_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://else/where")
    monkeypatch.setenv("REDIS_URL", "redis://else/0")
    with EmbeddedServices(tmp_path) as services:
        assert services.environment == {"DATABASE_URL": "postgres://else/where", "REDIS_URL": "redis://else/0"}
        assert services.servers == []


def test_remove_deletes_everything_but_not_what_is_in_use(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with EmbeddedServices(data, durable=False), pytest.raises(AlreadyRunning):
        remove(data)
    remove(data)
    assert not data.exists()
    remove(data)


STARTER = """
import sys, time
from pathlib import Path
from berth.services import EmbeddedServices
services = EmbeddedServices(Path(sys.argv[1]), durable=False)
services.start()
print(*(server.process.pid for server in services.servers), flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_killed_parent_leaves_no_server_behind(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", STARTER, tmp_path], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert [alive(pid) for pid in pids] == [True, True]
    parent.kill()
    parent.wait()
    assert wait_for(lambda: not any(alive(pid) for pid in pids), patience=20)
    with EmbeddedServices(tmp_path, durable=False) as services:
        assert ask(services.database_url, "SELECT 1") == [(1,)]


def run_command(data: Path, *command: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-m", "berth.services", "run", "--throwaway", "--data", str(data), "--", *command]
    return subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )


def test_command_gets_the_urls_and_its_exit_code_is_passed_on(tmp_path: Path) -> None:
    process = run_command(tmp_path, "sh", "-c", "echo $DATABASE_URL; echo $REDIS_URL; exit 7")
    lines = process.communicate()[0].splitlines()
    assert process.returncode == 7
    assert [line.split(":")[0] for line in lines] == ["postgres", "redis"]


def test_command_gets_our_signal_and_servers_stop(tmp_path: Path) -> None:
    process = run_command(tmp_path, "sh", "-c", "trap 'echo told; exit 5' TERM; echo up; while :; do sleep 0.1; done")
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    assert process.communicate()[0] == "told\n"
    assert process.returncode == 5
    assert list(tmp_path.glob("postgresql/postgres-*/postmaster.pid")) == []


def test_command_says_that_the_directory_is_in_use(services: EmbeddedServices) -> None:
    process = run_command(services.directory, "true")
    assert "is in use by process" in process.communicate()[1]
    assert process.returncode == 1


def test_missing_postgres_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_wheel_folder", lambda package, inner: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceError, match="set DATABASE_URL"):
        binaries.postgres_folder(root=tmp_path)
    with pytest.raises(ServiceError, match="set REDIS_URL"):
        binaries.valkey_program()


def test_newest_postgres_of_the_machine_is_used_without_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_wheel_folder", lambda package, inner: None)
    for version in ("9.6", "15", "17"):
        folder = tmp_path / f"usr/lib/postgresql/{version}/bin"
        folder.mkdir(parents=True)
        for name in ("initdb", "postgres"):
            (folder / name).touch()
    assert binaries.postgres_folder(root=tmp_path) == tmp_path / "usr/lib/postgresql/17/bin"
