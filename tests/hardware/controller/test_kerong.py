"""Kerong CU boards: frames seen on real wires, the driver against a board that was written apart from it."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.controller import kerong
from hardware.controller.drivers import DRIVERS
from hardware.controller.kerong import Dialect, KerongError
from hardware.controller.kerong_locks import TRAVEL, KerongLockDriver
from hardware.controller.lock_driver import LockUnreachable
from hardware.osdp.vendor import LockStatus
from hardware.simulator.devices import SimulatedLock
from hardware.simulator.kerong_board import Board
from hardware.simulator.kerong_wiring import KerongBoard
from hardware.simulator.line import SimulatedLine

PATIENCE = 20.0
RAISED, LOWERED = LockStatus.RAISED, LockStatus.LOWERED


@pytest.mark.parametrize(
    ("frame", "published"),
    [
        (kerong.status_request(Dialect.SHORT, 0), "02 00 30 03 35"),
        (kerong.unlock_request(Dialect.SHORT, 0, 0), "02 00 31 03 36"),
        (kerong.status_request(Dialect.LONG, 0), "02 00 00 60 03 65"),
        (kerong.unlock_request(Dialect.LONG, 0, 0), "02 00 00 61 03 66"),
    ],
)
def test_requests_are_the_published_frames(frame, published):
    assert frame == bytes.fromhex(published)


bits = st.integers(0, 2**16 - 1)


@given(st.sampled_from(Dialect), st.integers(0, 9), bits, bits)
def test_what_a_board_says_is_what_the_driver_reads(dialect, number, hooks, infrared):
    board = Board(dialect.value, number, hooks, infrared)
    answer = board.answer(kerong.status_request(dialect, number))
    state = kerong.read_state(dialect, number, answer)
    assert (state.hooks, state.infrared) == (hooks, infrared)
    with pytest.raises(KerongError):
        kerong.read_state(dialect, number + 1, answer)
    assert board.answer(kerong.status_request(dialect, number + 1)) == b""


@given(st.sampled_from(Dialect), st.integers(0, 9), st.integers(0, 15))
def test_unlock_pulses_that_output(dialect, number, lock):
    board = Board(dialect.value, number)
    answer = board.answer(kerong.unlock_request(dialect, number, lock))
    assert board.pulsed == [lock]
    if dialect is Dialect.LONG:
        kerong.read_unlocked(number, lock, answer)
        with pytest.raises(KerongError):
            kerong.read_unlocked(number, lock + 1, answer)


@given(st.sampled_from(Dialect), st.binary(max_size=20))
def test_no_bytes_are_taken_for_a_state_or_make_a_board_answer_wrongly(dialect, noise):
    with pytest.raises(KerongError):
        kerong.read_state(dialect, 0, noise[:-1])
    Board(dialect.value, 0).answer(noise)


@given(st.sampled_from(Dialect), bits, st.integers(0, 17 * 8 - 1))
def test_one_flipped_bit_is_never_believed(dialect, hooks, bit):
    answer = bytearray(Board(dialect.value, 0, hooks).answer(kerong.status_request(dialect, 0)))
    answer[bit // 8 % len(answer)] ^= 1 << bit % 8
    with pytest.raises(KerongError):
        kerong.read_state(dialect, 0, bytes(answer))


class Wired:
    """A driver on one end of a line, a board's own process with two locks on the other."""

    def __init__(self, driver, directory):
        self.locks = {1: SimulatedLock("A-01"), 2: SimulatedLock("A-02")}
        self.line = SimulatedLine(["master", "locks"], 19200)
        self.line.start()
        family = driver.removeprefix("kerong-")
        self.board = KerongBoard(self.line.path("locks"), 19200, family, self.locks, directory=directory, name="b")
        self.board.start()
        self.driver = DRIVERS[driver](self.line.path("master"), 19200)

    def until(self, unit, wanted):
        """The first status that has these flags; what the driver cannot read yet is read again."""
        pause = threading.Event()
        for _ in range(int(PATIENCE / 0.05)):
            try:
                if (status := self.driver.read(unit)) & wanted == wanted:
                    return status
            except LockUnreachable:
                pass
            pause.wait(0.05)
        raise AssertionError(f"unit {unit} never was {wanted!r}")

    def stop(self):
        self.driver.close()
        self.board.stop()
        self.line.stop()


@pytest.fixture(params=["kerong-cu16", "kerong-cu48"])
def wired(request, tmp_path_factory):
    made = Wired(request.param, tmp_path_factory.mktemp("k"))
    yield made
    made.stop()


def test_lock_on_a_board_goes_down_and_up_and_tells_what_it_sees(wired):
    assert wired.until(2, RAISED) == RAISED
    wired.driver.drive(2, lower=True)
    wired.until(2, LOWERED)
    assert (wired.locks[1].position, wired.locks[2].position) == ("raised", "lowered")
    wired.locks[2].vehicle_present = wired.locks[1].battery_low = True
    assert wired.until(2, LockStatus.VEHICLE) == LOWERED | LockStatus.VEHICLE
    assert wired.until(1, LockStatus.BATTERY_LOW) == RAISED | LockStatus.BATTERY_LOW
    wired.locks[2].vehicle_present = False
    wired.driver.drive(2, lower=False)
    wired.until(2, RAISED)
    for unit in (60, 247):  # a board that is not there, one that cannot be
        with pytest.raises(LockUnreachable):
            wired.driver.read(unit)


def test_lock_at_neither_end_for_too_long_is_jammed(monkeypatch):
    now = [0.0]
    driver = KerongLockDriver("/dev/null", 19200, Dialect.SHORT, clock=lambda: now[0])
    board = Board("cu16", 0)
    monkeypatch.setattr(driver, "_ask", lambda request, length: board.answer(request))
    assert driver.read(1) == LockStatus(0)
    now[0] = TRAVEL + 0.1
    assert driver.read(1) == LockStatus.JAMMED
    driver.drive(1, lower=True)
    assert driver.read(1) == LockStatus(0), "driven again it has its time again"
    board.hooks = 0b01
    assert driver.read(1) == LOWERED
    board.hooks = 0b11
    assert driver.read(1) == LockStatus.JAMMED, "both ends at once is a broken contact"
