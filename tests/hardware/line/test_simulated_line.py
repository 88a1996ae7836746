"""The simulated RS-485 line, over real pseudo-terminals."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import serial

from berth.services.server import wait_for
from hardware.simulator.line import FIFO, SimulatedLine

PATIENCE = 10.0
NODES = ["server", "c1", "c2"]


@pytest.fixture
def line() -> Iterator[SimulatedLine]:
    with SimulatedLine(NODES, 115200, seed=1) as made:
        yield made


@pytest.fixture
def ports(line: SimulatedLine) -> Iterator[dict[str, serial.Serial]]:
    opened = {node: serial.Serial(line.path(node), line.baud, timeout=PATIENCE) for node in NODES}
    yield opened
    for port in opened.values():
        port.close()


def silent(port: serial.Serial) -> bool:
    return port.in_waiting == 0


def test_every_node_hears_every_other_and_not_itself(ports: dict[str, serial.Serial]) -> None:
    ports["c1"].write(b"hello")
    assert ports["server"].read(5) == b"hello"
    assert ports["c2"].read(5) == b"hello"
    assert silent(ports["c1"])


def test_all_byte_values_pass(ports: dict[str, serial.Serial]) -> None:
    """Raw mode: no line ends are changed, no control characters obeyed."""
    ports["server"].write(bytes(range(256)))
    assert ports["c1"].read(256) == bytes(range(256))


def test_bits_take_their_time(line: SimulatedLine, ports: dict[str, serial.Serial]) -> None:
    """Never sooner than 10 bits a byte; portions no larger than what a UART holds."""
    portions: list[tuple[int, float]] = []
    line.listen(lambda _, data, at: portions.append((len(data), at)))
    began = time.monotonic()
    ports["server"].write(bytes(576))
    assert ports["c1"].read(576) == bytes(576)
    assert time.monotonic() - began >= 576 * 10 / 115200
    assert all(size <= FIFO for size, _ in portions)
    total = portions[-1][1] - portions[0][1]
    assert total == pytest.approx((576 - FIFO) * 10 / 115200, rel=1e-3)


def test_two_at_once_garble_each_other(line: SimulatedLine, ports: dict[str, serial.Serial]) -> None:
    ports["c1"].write(b"A" * 200)
    ports["c2"].write(b"B" * 200)
    heard = ports["server"].read(400)
    assert len(heard) == 400
    assert line.statistics.collisions == 1
    assert heard.count(b"A") < 200
    assert heard.count(b"B") < 200


def test_muted_node_hears_but_is_not_heard(line: SimulatedLine, ports: dict[str, serial.Serial]) -> None:
    line.mute("c1")
    ports["c1"].write(b"lost")
    ports["server"].write(b"hello")
    assert ports["c1"].read(5) == b"hello"
    line.reconnect("c1")
    ports["c1"].write(b"again")
    assert ports["server"].read(5) == b"again"


def test_cut_node_neither_hears_nor_is_heard(line: SimulatedLine, ports: dict[str, serial.Serial]) -> None:
    line.cut("c1")
    ports["c1"].write(b"lost")
    ports["server"].write(b"hello")
    assert ports["c2"].read(5) == b"hello"
    assert silent(ports["c1"])
    assert silent(ports["server"])
    line.reconnect("c1")
    ports["server"].write(b"again")
    assert ports["c1"].read(5) == b"again"


def test_flipped_bits(line: SimulatedLine, ports: dict[str, serial.Serial]) -> None:
    line.flip_bits(0.05)
    ports["server"].write(bytes(1000))
    heard = ports["c1"].read(1000)
    assert len(heard) == 1000
    assert sum(byte.bit_count() for byte in heard) == pytest.approx(400, rel=0.3)
    line.flip_bits(0)
    ports["server"].write(bytes(20))
    assert ports["c1"].read(20) == bytes(20)


def test_dropped_bytes(line: SimulatedLine, ports: dict[str, serial.Serial]) -> None:
    line.drop_bytes(1.0, nodes=["server"])
    gone = threading.Event()
    line.listen(lambda node, data, _: gone.set() if node == "server" and not data else None)
    ports["server"].write(b"lost")
    assert gone.wait(PATIENCE)
    assert line.statistics.dropped == 4
    ports["c2"].write(b"heard")
    assert ports["c1"].read(5) == b"heard"


def test_injected_bytes_reach_everybody(line: SimulatedLine, ports: dict[str, serial.Serial]) -> None:
    line.inject(b"intruder")
    assert {ports[node].read(8) for node in NODES} == {b"intruder"}


def test_reader_that_does_not_read_delays_nobody() -> None:
    with (
        SimulatedLine(NODES, 4_000_000) as line,
        serial.Serial(line.path("server"), timeout=PATIENCE) as server,
        serial.Serial(line.path("c1"), timeout=PATIENCE) as reader,
    ):
        for _ in range(50):
            server.write(bytes(4000))
            assert reader.read(4000) == bytes(4000)
        assert line.statistics.overrun > 0


def test_node_may_close_and_open_again(line: SimulatedLine, ports: dict[str, serial.Serial]) -> None:
    ports["c1"].close()
    ports["server"].write(b"x")
    assert ports["c2"].read(1) == b"x"
    ports["c1"].open()
    ports["c1"].reset_input_buffer()
    ports["server"].write(b"back")
    assert ports["c1"].read(4) == b"back"


def test_idle_line_sleeps(line: SimulatedLine, ports: dict[str, serial.Serial]) -> None:
    """Nothing is under way: the thread waits without a timeout."""
    ports["server"].write(b"x")
    assert ports["c1"].read(1) == b"x"
    assert wait_for(lambda: not line._under_way, 5.0)


def test_links_are_made_and_removed(tmp_path: Path) -> None:
    link = tmp_path / "deep" / "line-1"
    with SimulatedLine(["server", "c1"], links={"server": link}) as line:
        assert os.readlink(link) == line.path("server")
    assert not link.is_symlink()


def answer_of(process: subprocess.Popen[str]) -> Callable[[str], object]:
    def ask(command: str) -> object:
        assert process.stdin and process.stdout
        if command:
            process.stdin.write(command + "\n")
            process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
        assert ready
        return json.loads(process.stdout.readline())

    return ask


def test_as_a_program() -> None:
    arguments = [sys.executable, "-m", "hardware.simulator.line", "--node", "server", "--node", "c1", "--seed", "1"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        ask = answer_of(process)
        paths = ask("")
        assert isinstance(paths, dict)
        with (
            serial.Serial(paths["server"], 38400, timeout=PATIENCE) as server,
            serial.Serial(paths["c1"], 38400, timeout=PATIENCE) as c1,
        ):
            server.write(b"hello")
            assert c1.read(5) == b"hello"
            assert ask("cut c1") == ask("reconnect c1") == ask("mute c1") == {"ok": True}
            assert ask("flip 0.1") == ask("drop 0.1 server") == {"ok": True}
            assert ask("stats") == {"carried": 5, "flipped": 0, "dropped": 0, "collisions": 0, "overrun": 0}
            assert ask("cut c9") == {"error": "no such node: c9"}
            assert ask("flip much") == {"error": "could not convert string to float: 'much'"}
            assert ask("sing") == {"error": "not understood: sing"}
        assert process.stdin
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
