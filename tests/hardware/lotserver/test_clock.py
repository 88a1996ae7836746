"""The lot's time when its clock jumps: forwards, backwards, at the start, and with the platform's word against it."""

from __future__ import annotations

import pytest

from hardware.lotserver.clock import LARGEST_STEP, LotClock
from hardware.lotserver.store import Store
from hardware.lotserver.store_keeper import StoreKeeper

DAY = 86_400.0


class Machine:
    """A system clock that can be set, and ticks that cannot."""

    def __init__(self, at=1_000_000.0):
        self.wall = at
        self.ticks = 50.0

    def clock(self, last_known=0.0):
        return LotClock(last_known, wall=lambda: self.wall, monotonic=lambda: self.ticks)

    def passes(self, seconds):
        self.wall += seconds
        self.ticks += seconds


@pytest.fixture
def machine():
    return Machine()


@pytest.mark.parametrize("jump", [-DAY, DAY, -400 * DAY, LARGEST_STEP + 1])
def test_a_jump_is_told_once_and_time_goes_on(machine, jump):
    clock = machine.clock()
    machine.passes(10)
    machine.wall += jump
    assert clock.now() == 1_000_010
    machine.passes(5)
    assert clock.now() == 1_000_015
    assert (clock.reports(), clock.reports()) == ([("jumped", int(jump))], [])


@pytest.mark.parametrize("step", [-LARGEST_STEP + 1, -1.0, 2.0, LARGEST_STEP - 1])
def test_small_steps_are_followed(machine, step):
    clock = machine.clock()
    machine.wall += step
    assert (clock.now(), clock.reports()) == (1_000_000 + step, [])


def test_a_clock_that_starts_in_the_past_goes_on_from_the_last_known_time(machine):
    machine.wall = 0.0  # its battery is empty: 1970
    clock = machine.clock(last_known=1_000_000.0)
    machine.passes(60)
    assert clock.now() == 1_000_060
    assert clock.reports() == [("behind", -1_000_000)]


def test_the_platforms_word_corrects_a_wrong_clock_and_lets_go_of_a_right_one(machine):
    machine.wall = 0.0
    clock = machine.clock(last_known=1_000_000.0)
    clock.hear(1_000_000 + 3 * DAY)  # it was off for three days
    assert clock.now() == 1_000_000 + 3 * DAY
    machine.passes(60)
    machine.wall += 1_000_000 + 3 * DAY + 7  # now it is set right by hand
    assert clock.now() == 1_000_060 + 3 * DAY
    clock.hear(1_000_062 + 3 * DAY)
    assert clock.now() == machine.wall, "within the tolerance our own clock is finer"


def test_the_time_on_disk_bounds_a_restart(tmp_path, monkeypatch):
    store = Store(tmp_path / "s.sqlite3")
    StoreKeeper(store).take_care()
    known = float(store.meta("time_known"))
    store.close()
    monkeypatch.setattr("time.time", lambda: known - 10 * DAY)
    monkeypatch.setattr(
        LotClock.__init__, "__kwdefaults__", {"wall": lambda: known - 10 * DAY, "monotonic": lambda: 0.0}
    )
    again = Store(tmp_path / "s.sqlite3")
    assert again.now() == known
    StoreKeeper(again).take_care()
    (event,) = again.events()
    assert (event.payload["source"], event.payload["reason"]) == ("clock", "behind")
    assert event.occurred_at == int(known * 1000), "told with the time that it was, not with the one of the clock"
    again.close()
