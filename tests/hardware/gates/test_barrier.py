"""A barrier, and how it is closed again, against the simulated one on a simulated line."""

from __future__ import annotations

import socket
import threading

import pytest

from hardware.gates.barrier import BarrierError, BarrierState, IsapiBarrier, IsapiBarrierConfig, ModbusBarrier
from hardware.lotserver.passage import Passage
from hardware.simulator.devices import SimulatedBarrier
from hardware.simulator.isapi_camera import IsapiCamera
from hardware.simulator.line import SimulatedLine
from hardware.simulator.modbus_slave import ModbusSlaves

CLOSED = BarrierState(closed=True, open=False, jammed=False, vehicle=False)


@pytest.fixture
def cable(tmp_path):
    with SimulatedLine(["server", "barrier"], 19200, links={"server": tmp_path / "port"}) as made:
        yield made


@pytest.fixture
def simulated(cable):
    made = SimulatedBarrier(on_open=lambda: None)
    slaves = ModbusSlaves(cable.path("barrier"), 19200, {1: made})
    slaves.start()
    yield made
    slaves.stop()


@pytest.fixture
def barrier(simulated, tmp_path):
    made = ModbusBarrier(str(tmp_path / "port"), 1)
    yield made
    made.close()


@pytest.fixture
def passage(barrier):
    made = Passing(barrier)
    yield made
    made.stopping.set()
    made.thread.join(10)


class Passing:
    """A passage in a thread of its own, as a gate runs it."""

    def __init__(self, barrier):
        self.barrier = barrier
        self.stopping, self.called, self.looked = threading.Event(), threading.Event(), threading.Semaphore(0)
        self.tailgaters = []
        self.thread = threading.Thread(target=lambda: None)

    def _wait(self, seconds):
        self.looked.release()
        return not self.stopping.wait(0.02)

    def begin(self, patience=60.0, obstructed=60.0):
        rules = Passage(self.barrier, self._wait, self.called.set, lambda: self.tailgaters.append(1))
        self.thread = threading.Thread(target=rules.close_after, args=(patience, obstructed))
        self.barrier.drive(True)
        self.thread.start()

    def after_looks(self, count=3):
        for _ in range(count):
            assert self.looked.acquire(timeout=10)

    def ended(self):
        self.thread.join(10)
        return not self.thread.is_alive()


def until(barrier, **state):
    for _ in range(1000):
        now = barrier.state()
        if all(getattr(now, name) == value for name, value in state.items()):
            return
    pytest.fail(f"never {state}")


def test_barrier_opens_and_closes(barrier):
    assert barrier.state() == CLOSED
    barrier.drive(True)
    until(barrier, open=True, closed=False)
    barrier.drive(False)
    until(barrier, open=False, closed=True)


def test_vehicle_under_it_is_seen(barrier, simulated):
    simulated.vehicle_present = True
    assert barrier.state().vehicle


def test_silent_barrier_is_an_error_and_is_found_again(barrier, simulated):
    simulated.silent = True
    with pytest.raises(BarrierError):
        barrier.drive(True)
    simulated.silent = False
    assert barrier.state() == CLOSED


def test_port_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(BarrierError, match="does not open"):
        ModbusBarrier(str(tmp_path / "nothing"), 1).state()


def test_port_that_came_back_is_opened_anew_at_once(barrier, simulated, tmp_path):
    """An adapter was pulled out and put in again: the name is the same, the device another."""
    assert barrier.state() == CLOSED
    with SimulatedLine(["server", "barrier"], 19200, links={"server": tmp_path / "port"}) as other:
        second = SimulatedBarrier(on_open=lambda: None)
        slaves = ModbusSlaves(other.path("barrier"), 19200, {1: second})
        slaves.start()
        simulated.silent = True
        barrier.drive(True)
        assert (second.coils(), simulated.coils()) == ([True], [False])
        barrier.close()
        slaves.stop()


def test_it_stays_open_until_the_car_has_passed(passage, simulated):
    passage.begin()
    passage.after_looks(50)
    assert simulated.position == "open", "nobody has come yet"
    simulated.vehicle_present = True
    passage.after_looks()
    assert simulated.coils() == [True]
    simulated.vehicle_present = False
    assert passage.ended()
    assert simulated.coils() == [False]


def test_it_closes_when_nobody_comes(passage, simulated):
    passage.begin(patience=0.5)
    assert passage.ended()
    assert simulated.coils() == [False]


def test_it_never_closes_on_a_car_and_calls_for_help(passage, simulated):
    simulated.vehicle_present = True
    passage.begin(patience=0.1, obstructed=0.3)
    assert passage.called.wait(10)
    passage.after_looks(10)
    assert simulated.coils() == [True]
    passage.stopping.set()
    assert passage.ended()
    assert simulated.coils() == [True], "also when the lot server stops"


def test_second_car_on_one_opening_is_told_and_not_hit(passage, simulated):
    simulated.vehicle_present = True
    passage.begin()
    passage.after_looks(6)
    simulated.vehicle_present = False
    while simulated.coils() == [True]:
        passage.after_looks(1)
    assert passage.tailgaters == []
    simulated.vehicle_present = True
    while simulated.coils() == [False]:
        passage.after_looks(1)
    assert passage.tailgaters == [1]
    passage.after_looks(5)
    assert simulated.coils() == [True], "it stays open above the second car"
    simulated.vehicle_present = False
    assert passage.ended()
    assert (simulated.coils(), passage.tailgaters) == ([False], [1])


def test_it_is_left_open_while_it_does_not_say_whether_a_car_is_there(passage, simulated):
    passage.begin(patience=0.1, obstructed=0.1)
    simulated.silent = True
    assert passage.called.wait(20)
    assert simulated.coils() == [True]
    simulated.silent = False
    assert passage.ended()
    assert simulated.coils() == [False]


class TestOnTheCamera:
    """ISAPI: the camera drives the barrier."""

    @pytest.fixture
    def simulated(self):
        made = SimulatedBarrier(on_open=lambda: None, closes_itself=True)
        made.vehicle_present = True
        return made

    @pytest.fixture
    def camera(self, simulated):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{probe.getsockname()[1]}/ISAPI/Parking/channels/1/barrierGate"
        made = IsapiCamera(url, "barrier", "secret", lambda opened: simulated.write_coil(0, opened))
        made.start()
        yield made, url
        made.stop()

    def test_it_opens_and_closes_behind_the_car(self, camera, simulated):
        barrier = IsapiBarrier(IsapiBarrierConfig(camera[1], "barrier", "secret"))
        barrier.drive(True)
        assert simulated.coils() == [True]
        Passage(barrier, lambda seconds: True, barrier.close, barrier.close).close_after(60, 60)
        assert simulated.coils() == [True], "it is left to itself"
        simulated.vehicle_present = False
        assert simulated.coils() == [False]
        barrier.drive(True)
        barrier.drive(False)
        assert simulated.coils() == [False]
        barrier.close()

    @pytest.mark.parametrize(("user", "path"), [("somebody", ""), ("barrier", "x")])
    def test_wrong_user_or_channel(self, camera, simulated, user, path):
        with pytest.raises(BarrierError, match="refused"):
            IsapiBarrier(IsapiBarrierConfig(camera[1] + path, user, "secret")).drive(True)
        assert simulated.coils() == [False]

    def test_camera_that_refuses_or_is_away(self, camera, simulated):
        server, url = camera
        server.broken = True
        barrier = IsapiBarrier(IsapiBarrierConfig(url, "barrier", "secret"))
        with pytest.raises(BarrierError, match="403"):
            barrier.drive(True)
        server.stop()
        with pytest.raises(BarrierError, match="does not answer"):
            IsapiBarrier(IsapiBarrierConfig(url, "barrier", "secret")).drive(True)
        with pytest.raises(BarrierError):
            barrier.state()
        assert simulated.coils() == [False]
