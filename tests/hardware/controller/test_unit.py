"""The systemd unit and the install page: the line that systemd runs starts a controller over two serial ports."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from serial import Serial

from hardware.controller.config import load
from hardware.controller.notices import notice_of
from hardware.controller.panel import ButtonPressed, SerialPanel, parse
from hardware.osdp import vendor
from hardware.simulator.devices import SimulatedLock
from hardware.simulator.line import SimulatedLine
from hardware.simulator.modbus_slave import ModbusSlaves
from tests.hardware.controller.test_program import PATIENCE, SCBK, Panel

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/install-controller.md").read_text()


def unit():
    text = (ROOT / "hardware/controller/berth-controller.service").read_text()
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))


def written_page_config(directory, **changes):
    """The page's example, with the devices of this test."""
    example = json.loads(re.search(r"```json\n(.*?)```", PAGE, re.DOTALL).group(1))
    path = directory / "controller.json"
    path.write_text(json.dumps({**example, **changes}))
    return path


def test_example_of_the_page_is_a_controllers_file(tmp_path):
    config = load(written_page_config(tmp_path))
    assert (config.address, config.driver, config.journal.parent.name) == (1, "modbus", unit()["StateDirectory"])
    assert "hardware/controller/berth-controller.service" in PAGE


@pytest.fixture
def short_directory():
    """Unix sockets have short names by law."""
    with tempfile.TemporaryDirectory(prefix="b") as directory:
        yield Path(directory)


def test_line_that_systemd_runs_starts_a_controller_that_says_it_is_ready_and_alive(short_directory, tmp_path):
    lock = SimulatedLock("A-01")
    with SimulatedLine(["server", "c1"], 38400) as line, SimulatedLine(["master", "locks"], 19200) as bus:
        slaves = ModbusSlaves(bus.path("locks"), 19200, {1: lock})
        slaves.start()
        config = written_page_config(
            tmp_path,
            scbk=SCBK.hex(),
            line={"device": line.path("c1"), "baud": 38400},
            lock_bus={"device": bus.path("master"), "baud": 19200, "units": [1]},
            panel={"socket": str(short_directory / "panel")},
            journal=str(tmp_path / "journal.json"),
        )
        command = shlex.split(unit()["ExecStart"])
        assert command[1:] == ["-m", "hardware.controller", "--config", "/etc/berth/controller.json"]
        supervisor = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        supervisor.bind(str(short_directory / "notify"))
        supervisor.settimeout(PATIENCE)
        environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{ROOT}/platform",
            "NOTIFY_SOCKET": str(short_directory / "notify"),
            "WATCHDOG_USEC": "500000",
        }
        process = subprocess.Popen([sys.executable, *command[1:4], str(config)], env=environment, cwd=tmp_path)
        panel = Panel(line.path("server"))
        try:
            assert [supervisor.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
            assert panel.online.wait(PATIENCE)
            panel.loop.send(1, vendor.Test(5, lock=0))
            assert panel.next(vendor.LockReport, command=5).outcome == vendor.Outcome.TESTED
            process.terminate()
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
            process.wait()
            panel.stop()
            supervisor.close()
            slaves.stop()


def test_panel_board_on_a_serial_port():
    with SimulatedLine(["board", "program"], 115200) as cable:
        events, heard = [], threading.Event()

        def hear(event):
            events.append(event)
            heard.set()

        panel = SerialPanel(cable.path("program"), 115200)
        panel.show(notice_of("open"))
        panel.start(hear)
        with Serial(cable.path("board"), 115200, timeout=PATIENCE) as board:
            said = json.loads(board.readline())
            assert (said["led"], said["buzzer"], "车位锁已打开" in said["show"]) == ("green", "short", True)
            board.write(b'{"button": true}\n')
            assert heard.wait(PATIENCE)
        assert events == [ButtonPressed()] == [parse(b'{"button": true}')]
        panel.stop()
