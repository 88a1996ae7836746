"""Processes under supervision: real ones, small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from berth.demo import supervised
from berth.demo.processes import ProcessSpec
from berth.demo.readiness import Logs
from berth.demo.supervised import Supervised
from berth.services.server import wait_for
from tests.ground.processes import alive

SERVE = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
WITH_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
print('up', child.pid, flush=True)
time.sleep(600)
"""


class Track:
    """What the guard would be told."""

    def __init__(self) -> None:
        self.groups: set[int] = set()

    def __call__(self, group: int, alive: bool) -> None:
        (self.groups.add if alive else self.groups.remove)(group)


@pytest.fixture
def track() -> Track:
    return Track()


@pytest.fixture
def make(tmp_path: Path, track: Track):
    """Builds supervised processes from a line of Python, and leaves none behind."""
    made: list[Supervised] = []

    def build(code: str) -> Supervised:
        spec = ProcessSpec("sample", [sys.executable, "-c", code], {}, Logs("up"))
        made.append(Supervised(spec, tmp_path / "logs" / "sample.log", track))
        return made[-1]

    yield build
    for each in made:
        each.kill()


def test_started_process_gets_ready_and_stops(make, track: Track) -> None:
    process = make(SERVE)
    process.start()
    assert wait_for(process.is_ready, patience=20)
    pid = process.pid
    assert track.groups == {pid}
    process.start()
    assert process.pid == pid
    process.stop()
    assert process.pid is None
    assert not alive(pid)
    assert track.groups == set()
    assert process.look() is None


def test_ready_line_of_an_earlier_run_does_not_count(make) -> None:
    process = make(SERVE)
    process.log.parent.mkdir()
    process.log.write_text("up\n")
    process.start()
    assert process._log_start == 3
    assert wait_for(process.is_ready, patience=20)
    assert process.log.read_text() == "up\nup\n"


def test_crash_is_reported_and_mended(make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervised, "FIRST_PAUSE", 0.0)
    process = make(SERVE)
    process.start()
    before = process.pid
    process.kill()
    assert process.look() == f"sample ended (signal 9); starting it again in 0 s. Its log: {process.log}"
    assert process.look() is None
    assert process.pid not in {None, before}


def test_pause_grows_with_each_crash(make, monkeypatch: pytest.MonkeyPatch) -> None:
    process = make("raise SystemExit(3)")
    said = []
    for _ in range(8):
        process.start()
        assert wait_for(lambda: process.pid is None, patience=20)
        said.append(process.look())
    pauses = [line.split(" in ")[1].split(" s.")[0] for line in said]
    assert pauses == ["0.5", "1", "2", "4", "8", "16", "30", "30"]
    assert said[0].startswith("sample ended (code 3)")
    assert process.look() is None
    assert process.pid is None


def test_kill_takes_the_children_too(make) -> None:
    process = make(WITH_CHILD)
    process.start()
    assert wait_for(process.is_ready, patience=20)
    child = int(process.log.read_text().split()[1])
    assert alive(child)
    process.kill()
    assert wait_for(lambda: not alive(child), patience=20)


def test_process_that_ignores_the_request_is_killed(make) -> None:
    process = make(STUBBORN)
    process.start()
    assert wait_for(process.is_ready, patience=20)
    pid = process.pid
    process.stop(patience=0.2)
    assert not alive(pid)


SUPERVISOR = """
import sys, time
from pathlib import Path
from berth.demo.processes import ProcessSpec
from berth.demo.readiness import Logs
from berth.demo.supervised import Supervised
from berth.demo.watchdog import Watchdog
from berth.services.server import wait_for
watchdog = Watchdog(patience=0.5)
watchdog.start()
spec = ProcessSpec("x", [sys.executable, "-c", sys.argv[2]], {}, Logs("up"))
process = Supervised(spec, Path(sys.argv[1]), watchdog.track)
process.start()
wait_for(process.is_ready, 20)
print(process.pid, flush=True)
time.sleep(600)
"""


def start_supervisor(log: Path, code: str) -> tuple[subprocess.Popen[str], int]:
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, log, code], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    return supervisor, int(supervisor.stdout.readline())


@pytest.mark.parametrize("code", [SERVE, STUBBORN])
def test_killed_supervisor_leaves_no_process(tmp_path: Path, code: str) -> None:
    supervisor, pid = start_supervisor(tmp_path / "log", code)
    supervisor.kill()
    supervisor.wait()
    assert wait_for(lambda: not alive(pid), patience=20)


def test_killed_supervisor_leaves_no_grandchild(tmp_path: Path) -> None:
    log = tmp_path / "log"
    supervisor, _pid = start_supervisor(log, WITH_CHILD)
    grandchild = int(log.read_text().split()[1])
    assert alive(grandchild)
    supervisor.kill()
    supervisor.wait()
    assert wait_for(lambda: not alive(grandchild), patience=20)
