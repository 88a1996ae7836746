"""The story with a process killed in each of its steps, by a person who speaks HTTP and a car on the simulated lot.

A row of the matrix is one story; its columns are the steps, each with the process that is killed while it goes on. The
first row kills what is in the middle of the step, the second what is at its other end, the third who only looks on.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg2
import pytest

from berth.demo.processes import ROOT
from tests.e2e.by_http import LotByWire, Visitor
from tests.e2e.people import next_quarter

pytestmark = pytest.mark.e2e
LOT, NEWCOMER = "zhujiang", "13900000077"
SERVER = f"lot-{LOT}"
CONTROLLER = "controller"
ATTEMPTS, LONG_AT_A_GATE, LONG_AT_A_LOCK = 5, 25, 15
"""How often, and for how many seconds each time, a driver waits."""
STEPS = ("hold", "pay", "arrive", "swipe", "leave", "settle")
MATRIX = {
    # bay: step by step, what is killed
    "A-04": ("web", "cashier", SERVER, SERVER, SERVER, "web"),
    "A-11": ("cashier", "web", "web", CONTROLLER, "worker", SERVER),
    "A-18": ("simulator", "worker", "live", "web", "cashier", "beat"),
}
ONCE = {
    *("held", "plate_set", "paid", "confirmed", "granted", "card_issued"),
    *("entered", "left", "card_collected", "settled"),
}


class Story:
    """One booking from the wish to the money."""

    def __init__(self, stack, renter, bay, plate):
        self.stack, self.renter, self.bay, self.plate = stack, renter, bay, plate
        self.lot = LotByWire(stack.urls.simulator, LOT)
        start = next_quarter()
        self.wish = self.renter.wish(LOT, bay, start, start + timedelta(hours=2))
        self.path = ""

    @property
    def booking(self):
        return self.path.split("/")[2]

    def hold(self):
        self.path = self.renter.hold(self.wish, self.plate)
        self.renter.sees(self.path, "held")

    def pay(self):
        self.renter.pay(self.path)
        self.renter.sees(self.path, "paid", "confirmed", "granted")

    def arrive(self):
        """Who is not let in for long drives back and comes again."""
        assert any(self._drives_up("car_arrives", "inside") for _attempt in range(ATTEMPTS)), self.lot.state["cars"]

    def swipe(self):
        """Whose lock stays up swipes again, and whose lock came down late drives on."""
        assert any(self._gets_onto_the_spot() for _attempt in range(ATTEMPTS)), self.lot.state

    def leave(self):
        assert any(self._drives_up("car_leaves", "outside") for _attempt in range(ATTEMPTS)), self.lot.state["cars"]

    def _drives_up(self, action, place):
        passed = self.lot.try_to(action, plate=self.plate) and self.lot.reaches(self.plate, place, LONG_AT_A_GATE)
        return passed or (self.lot.try_to("turn_back", plate=self.plate) and False)

    def _gets_onto_the_spot(self):
        place, controller = f"spot:{self.bay}", self.lot.controller_of(self.bay)
        self.lot.try_to("swipe", plate=self.plate, controller=controller)
        parked = self.lot.reaches(self.plate, place, LONG_AT_A_LOCK)
        return parked or self.lot.try_to("park", plate=self.plate, spot=self.bay)

    def settle(self):
        self.renter.sees(self.path, *ONCE, "lock_opened", "lock_raised")

    def while_killing(self, step: Callable[[], None], victim: str) -> None:
        """The step and the death of the process at the same moment; the step goes on to its end."""
        with ThreadPoolExecutor(1) as other_hands:
            going = other_hands.submit(step)
            if victim == CONTROLLER:
                self.lot.act("power_off", controller=self.lot.controller_of(self.bay))
                self.lot.act("power_on", controller=self.lot.controller_of(self.bay))
            else:
                self.stack.kill_process(victim)
            going.result()


@pytest.fixture(scope="module")
def renter(stack):
    """Somebody whose first code makes the account."""
    return Visitor(stack.urls.web, NEWCOMER)


@pytest.mark.parametrize("bay", MATRIX)
def test_story_comes_to_its_promised_end_whatever_dies_in_its_steps(stack, renter, bay):
    story = Story(stack, renter, bay, f"粤A7K{bay[2:]}8")
    for step, victim in zip(STEPS, MATRIX[bay], strict=True):
        story.while_killing(getattr(story, step), victim)
    told = story.renter.evidence(story.path)
    assert {kind: told.count(kind) for kind in ONCE} == dict.fromkeys(ONCE, 1)
    assert told.count("lock_opened") >= 1
    assert_settled(stack, story.booking)


def test_chains_hold_and_books_balance_after_all_that(stack):
    command = [sys.executable, "manage.py", "verify_timelines"]
    done = subprocess.run(command, cwd=ROOT, env=stack.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert rows(stack, "SELECT entry_id FROM finance_leg GROUP BY 1 HAVING sum(amount_minor) <> 0") == []


def assert_settled(stack, booking):
    """Completed, one whole stay, card void, grant revoked; 75/10/15 of the price, and nothing left in escrow."""
    assert rows(stack, "SELECT state FROM trading_booking WHERE id = %s", booking) == [("completed",)]
    stays = "SELECT unlocked_at > entered_at, left_at > unlocked_at FROM trading_stay WHERE booking_id = %s"
    assert rows(stack, stays, booking) == [(True, True)]
    assert rows(stack, "SELECT state FROM hardware_grant WHERE subject_id = %s", booking) == [("revoked",)]
    out = """SELECT count(*) FROM hardware_accesscard c JOIN hardware_grant g ON g.id = c.grant_id
             WHERE g.subject_id = %s AND c.state = 'issued'"""
    assert rows(stack, out, booking) == [(0,)]
    shares = """SELECT a.kind, sum(l.amount_minor) FROM finance_leg l JOIN finance_account a ON a.id = l.account_id
                JOIN finance_journalentry e ON e.id = l.entry_id WHERE e.subject_id = %s GROUP BY 1"""
    assert {kind: int(sum_) for kind, sum_ in rows(stack, shares, booking)} == {
        "provider_clearing": 2400,
        "escrow": 0,
        "owner": -1800,
        "lot_manager": -240,
        "revenue": -360,
    }


def rows(stack, statement, *values):
    with psycopg2.connect(stack.services.database_url) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
