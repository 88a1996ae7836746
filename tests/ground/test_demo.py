"""The whole demo: started, hurt, stopped, started again."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psycopg2
import pytest

from berth.demo import DemoStack
from berth.demo.processes import ROOT
from berth.services.server import wait_for
from tests.ground.processes import alive

pytestmark = pytest.mark.e2e


def status(url: str) -> int:
    with urllib.request.urlopen(url, timeout=20) as response:
        return response.status


def process_of(demo: DemoStack, name: str) -> int | None:
    return demo._supervised[name].pid


def test_website_answers_and_names_who_can_sign_in(demo: DemoStack) -> None:
    assert status(f"{demo.urls.web}/") == 200
    assert "admin@berth.example" in demo.sign_in


def test_every_lot_has_its_server(demo: DemoStack) -> None:
    lots = sorted(name.removeprefix("lot-") for name in demo.names if name.startswith("lot-"))
    with psycopg2.connect(demo.services.database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT code FROM lots_lot ORDER BY code")
        assert lots == [code for (code,) in cursor.fetchall()]
    assert len(lots) >= 3


@pytest.mark.parametrize("name", ["web", "live", "worker", "beat", "cashier", "simulator", "lot-yijing"])
def test_killed_process_comes_back(demo: DemoStack, name: str) -> None:
    before = process_of(demo, name)
    demo.kill_process(name)
    assert wait_for(lambda: process_of(demo, name) not in {None, before}, patience=60)
    demo.wait_ready(name)


def test_stopped_process_stays_stopped_until_it_is_started(demo: DemoStack) -> None:
    demo.stop_process("web")
    try:
        with pytest.raises(OSError, match="refused"):
            status(f"{demo.urls.web}/")
        assert process_of(demo, "web") is None
    finally:
        demo.start_process("web")
    assert status(f"{demo.urls.web}/") == 200


def test_killed_database_comes_back_where_it_was(demo: DemoStack) -> None:
    postgres = demo.services.postgres
    assert postgres is not None
    assert postgres.process is not None
    before = postgres.process
    url = demo.services.database_url
    before.kill()
    assert wait_for(lambda: postgres.process is not before and postgres.running, patience=60)
    assert demo.services.database_url == url

    def answers() -> bool:
        try:
            return status(f"{demo.urls.web}/") == 200
        except OSError:
            return False

    assert wait_for(answers, patience=60)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


class CommandLine:
    """`python -m berth.demo run` as make starts it."""

    def __init__(self, data: Path) -> None:
        command = [sys.executable, "-m", "berth.demo", "run", "--data", str(data)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.said = ""

    def read_until(self, pattern: str) -> str:
        """What it says up to a line that matches; fails with all of it if it ends before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError(self.said)


@pytest.fixture
def without_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


def descendants(pid: int) -> list[int]:
    """All processes below that one."""
    table = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in table.splitlines())}
    below = {pid}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    return sorted(below - {pid})


@pytest.mark.usefixtures("without_servers")
def test_nothing_is_left_whether_it_is_asked_or_killed_and_the_data_stays(data: Path) -> None:
    first = CommandLine(data)
    address = first.read_until(r"Berth runs at (\S+)")
    assert status(address) == 200
    started = descendants(first.process.pid)
    assert len(started) > 15
    first.process.send_signal(signal.SIGINT)
    assert first.read_until(r"(Stopped) in")
    assert first.process.wait(60) == 0
    assert [pid for pid in started if alive(pid)] == []

    second = CommandLine(data)
    assert second.read_until(r"Berth runs at (\S+)") == address
    assert CommandLine(data).read_until(r"(is in use by process \d+)") == f"is in use by process {second.process.pid}"
    started = descendants(second.process.pid)
    second.process.kill()
    second.process.wait()
    assert wait_for(lambda: not any(alive(pid) for pid in started), patience=60, pause=0.5)
