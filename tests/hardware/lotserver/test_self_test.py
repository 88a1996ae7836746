"""The night's test of every lock, how locks age, and vehicles that nobody let on: in virtual time, by real messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from hardware.lotserver.self_test import SelfTests
from hardware.lotserver.store import Presence, StoredGrant
from hardware.lotserver.wear import Wear
from hardware.osdp.vendor import LockReport, LockStatus, Outcome, Status, Test
from tests.hardware.lotserver.test_orders import LOWERED, RAISED, STAFF, VEHICLE, Parts, leave, report

ZONE = ZoneInfo("Asia/Shanghai")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


class Night(Parts):
    """A lot whose clock the test turns."""

    def __init__(self, directory):
        super().__init__(directory)
        self.now = at("2026-05-01 03:29")
        config = replace(self.config, self_test_at=time(3, 30))
        self.tests = SelfTests(config, self.store, self.orders.test, clock=lambda: self.now)
        self.orders.test_reported = self.tests.reported
        self.message = 100

    def all_up(self):
        for talk in self.talk.values():
            talk.answer(1, Status((int(RAISED), int(RAISED))))

    def care(self, when):
        """The tests that were begun by now, as (controller's address, lock)."""
        self.now = at(f"2026-05-01 {when}" if len(when) == 5 else when)
        before = len(self.line.sent)
        self.tests.take_care()
        return [(address, message.lock) for address, message in self.line.sent[before:]]

    def finish(self, code, outcome=Outcome.TESTED, took=120, tries=1):
        """The controller reports the test that it was sent last."""
        address = {"c1": 1, "c2": 2}[code]
        test = next(m for a, m in reversed(self.line.sent) if a == address and isinstance(m, Test))
        self.message += 1
        self.talk[code].answer(self.message, LockReport(0, test.command, test.lock, outcome, RAISED, tries, took))

    def tested(self):
        return [(e["spot"], e["outcome"], e["how"]) for e in self.told("lock_tested")]


@pytest.fixture
def night(tmp_path):
    made = Night(tmp_path)
    made.all_up()
    yield made
    made.store.close()


def test_every_idle_lock_is_moved_once_a_night_one_at_a_time_on_each_controller(night):
    assert night.care("03:29") == []
    assert night.care("03:30") == [(1, 0), (2, 0)]
    assert night.care("03:31") == []
    night.finish("c1")
    assert night.care("03:31") == [(1, 1)]
    night.finish("c1")
    night.finish("c2")
    night.care("03:32")
    night.finish("c2", Outcome.FAILED)
    assert night.tested() == [
        ("A-01", "passed", "moved"),
        ("A-02", "passed", "moved"),
        ("A-03", "passed", "moved"),
        ("A-04", "failed", "moved"),
    ]
    assert (night.told("lock_tested")[0]["took_ms"], night.care("04:00"), night.told()) == (1200, [], [])
    assert len(night.care("2026-05-02 03:30")) == 2, "the next night again"


def test_spot_that_is_not_idle_waits_and_is_only_asked_in_the_end(night):
    with night.store.writing() as write:
        write.grant(
            StoredGrant(
                "g-n", 2, True, "A-01", ("粤A1",), 7, "zh", int(at("2026-05-01 03:50")), int(at("2026-05-01 09:00"))
            )
        )
        write.grant(StoredGrant("g-in", 2, True, "A-03", ("粤A2",), 7, "zh", 1, 2))
        write.presence(Presence("g-in", "粤A2", "", "inside"), 1)
    report(night, 0, Outcome.CHANGED, RAISED | VEHICLE, lock=1, message=50)
    assert night.care("03:30") == [(2, 1)], "booked soon, a vehicle, inside: left alone"
    night.finish("c2", Outcome.REFUSED)
    assert night.tested() == []
    assert night.care("03:33") == [(2, 1)], "tried again"
    night.finish("c2")
    assert night.care("05:30") == []
    assert night.tested()[1:] == [
        ("A-01", "passed", "status"),
        ("A-02", "passed", "status"),
        ("A-03", "passed", "status"),
    ]


def test_night_goes_on_after_a_restart_and_is_not_made_up_by_day(night, tmp_path):
    night.care("03:30")
    night.finish("c1")
    night.store.close()
    again = Night(tmp_path)
    assert again.care("03:40") == [(1, 1), (2, 0)]
    assert again.care("2026-05-02 12:00") == []
    assert again.care("2026-05-02 12:01") == []
    again.store.close()


def test_test_by_order_is_answered_and_told(night):
    night.order(kind="self_test", **STAFF)
    night.finish("c1", took=140)
    assert night.outcome() == ("done", "tested")
    assert night.tested() == [("A-02", "passed", "moved")]
    night.order(id="o-2", kind="self_test", **STAFF)
    night.finish("c1", Outcome.REFUSED)
    assert night.told()[-1]["outcome"] == "refused"


# --- how a lock ages ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moves", "drifting"),
    [
        ([(120, 1)] * 5, False),
        ([(120, 1)] * 5 + [(400, 1)] * 2, False),
        ([(120, 1)] * 5 + [(400, 1)] * 3, True),
        ([(120, 1)] * 5 + [(400, 1)] * 3 + [(120, 1)] * 3, False),
        ([(120, 1)] * 5 + [(230, 1)] * 5, False),
        ([(120, 2), (120, 1), (120, 3)], False),
        ([(120, 2), (120, 1), (120, 3), (120, 2)], True),
        ([(120, 2)] * 3 + [(120, 1)] * 8, False),
    ],
)
def test_lock_drifts_when_it_slows_down_or_needs_several_tries(moves, drifting):
    wear = Wear()
    for took, tries in moves:
        wear = Wear.loads(wear.after(took, tries).dumps())
    assert wear.drifting is drifting


def test_drifting_is_told_when_it_begins_and_when_it_ends(night):
    for number in range(12):
        night.order(id=f"o-{number}", kind="self_test", **STAFF)
        night.finish("c1", took=120 if not 5 <= number <= 8 else 500)
    changes = [e["drifting"] for e in night.told("lock_changed") if e["spot"] == "A-02"]
    assert changes == [False, True, False]


# --- vehicles that nobody let on ----------------------------------------------------------------


def unexpected(parts):
    return [e["unexpected"] for e in parts.told("lock_changed") if e["spot"] == "A-02"]


def test_vehicle_of_somebody_who_was_let_on_is_expected_until_the_stay_is_over(night):
    night.order(grant="g-1")
    report(night, 1, Outcome.OPENED, LOWERED, message=51)
    report(night, 0, Outcome.CHANGED, LOWERED | VEHICLE, message=52)
    report(night, 0, Outcome.CHANGED, LOWERED, message=53)
    leave(night)
    report(night, 0, Outcome.CHANGED, LOWERED | VEHICLE, message=54)
    assert unexpected(night) == [False, False, False, False, True]
    report(night, 0, Outcome.CHANGED, LOWERED, message=55)
    assert unexpected(night)[-1] is False


def test_vehicle_on_a_spot_whose_lock_nobody_opened_is_told(night):
    report(night, 0, Outcome.CHANGED, LockStatus.JAMMED | VEHICLE, message=51)
    assert unexpected(night) == [False, True]
