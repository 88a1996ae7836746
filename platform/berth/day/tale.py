"""A car's story while it is told: what its driver can do, each deed with the patience and the wit of a person."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from berth.day import ground
from berth.day.ground import CannotDo, Ground, State, Stuck
from berth.day.people import Person, Refused
from berth.day.plan import Planned
from hardware.models import Grant, LotServer
from trading.models import Booking, BookingState

if TYPE_CHECKING:
    from berth.day.desk import Desk
    from berth.day.spots import Spots

STEP = timedelta(minutes=15)
TRIES = 8
"""How often a driver drives up or swipes before giving up, with the lot failing around the car."""
SWIPE_PATIENCE = 14.0
"""Seconds before a display without an answer until one swipes again: six verifications, a second apart, and some."""
AGAIN_AFTER = 5.0
"""Seconds until a driver whom nothing saw, or whose card was not taken, tries again."""
LOOK_AT_DISPLAY = 1.0
"""Seconds from the swipe until the display is read: what it showed before is gone then."""
NO = ("未能核验", "多次未能", "连接中断", "已失效", "已结束", "还没到", "锁故障")
"""On a display: not opened, swipe again or ask for help."""
NO_BOOKING = uuid.UUID(int=0)
"""No booking has this id."""
SETTLES = 90.0
"""Seconds for the platform to hear of an end, also one that was away meanwhile."""


class Outcome(StrEnum):
    COMPLETED = "completed"
    RESCUED = "rescued by staff"
    EMERGENCY = "emergency raised, then completed"
    REFUSED = "refused for a good reason"
    CANCELLED = "cancelled by the renter"
    NOT_PAID = "not paid, let go"
    NOT_USED = "not used, the spot was kept"
    UNEXPLAINED = "UNEXPLAINED"


@dataclass
class Tale:
    """``notes`` are told in the report; ``calls`` are reasons of emergency calls that the story explains."""

    planned: Planned
    lot: Ground
    driver: Person
    rival: Person
    desk: Desk
    spots: Spots
    spot: str = ""
    booking_id: uuid.UUID = NO_BOOKING
    notes: list[str] = field(default_factory=list)
    calls: set[str] = field(default_factory=set)
    steps: list[tuple[float, str]] = field(default_factory=list)
    outcome: Outcome = Outcome.UNEXPLAINED
    began: float = field(default_factory=time.monotonic)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def plate(self) -> str:
        return self.planned.plate

    @property
    def controller(self) -> str:
        return self.lot.controller_of(self.spot)

    def step(self, what: str) -> None:
        self.steps.append((time.monotonic() - self.began, what))

    def note(self, what: str) -> None:
        self.step(what)
        self.notes.append(what)

    # --- booking ----------------------------------------------------------------------------------

    def book(self, *, later: timedelta = timedelta(0), decision: str = "pay") -> None:
        """Take a free spot for an hour from the running quarter on, and pay; the lot knows when this returns."""
        self.hold(later=later)
        self.pay(decision)
        self.lot_knows()

    def hold(self, *, later: timedelta = timedelta(0)) -> None:
        """A spot that is on offer: one whose controller is silent just now is not."""
        for _ in range(TRIES):
            self.spot = self.spots.take()
            try:
                self._hold(later)
            except Refused as refusal:
                if refusal.code != "taken":
                    raise
                self.note(f"{self.spot} was not on offer")
                self.spots.give_back(self.spot)
                self.spot = ""
                time.sleep(3)
            else:
                return
        raise Stuck("no spot is on offer")

    def _hold(self, later: timedelta) -> None:
        start, end = self.period(later)
        self.booking_id = self.driver.hold(lot=self.lot.code, spot=self.spot, start=start, end=end, plate=self.plate)
        self.step(f"holds {self.spot}")

    @staticmethod
    def period(later: timedelta = timedelta(0)) -> tuple[str, str]:
        now = datetime.now(UTC) + later
        start = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
        return start.isoformat(), (start + 4 * STEP).isoformat()

    def pay(self, decision: str = "pay") -> None:
        asked = self.driver.api("POST", f"/bookings/{self.booking_id}/pay", {})
        self.driver.pay(asked["pay_url"], decision)
        self.reaches(BookingState.CONFIRMED)
        self.step("paid")

    def lot_knows(self) -> None:
        """As long as it takes a driver to come, the lot has pulled the grant."""
        grant = Grant.objects.get(subject_id=self.booking_id)

        def known() -> bool:
            return LotServer.objects.get(lot_id=grant.lot_id).acknowledged_revision >= grant.revision

        self.until("the lot knows of the booking", known, SETTLES)

    def reaches(self, state: str, patience: float = SETTLES) -> None:
        def reached() -> bool:
            return Booking.objects.filter(pk=self.booking_id, state=state).exists()

        self.until(f"the booking is {state}", reached, patience)

    def until(self, what: str, seen: Callable[[], bool], patience: float) -> None:
        """For what the platform knows. Raises Stuck."""
        end = time.monotonic() + patience
        while not seen():
            if time.monotonic() > end:
                raise Stuck(f"{what}: not in {patience:.0f} s")
            time.sleep(0.5)

    # --- driving ----------------------------------------------------------------------------------

    @property
    def place(self) -> str:
        return ground.place(self.lot.state, self.plate)

    def drive_in(self, read_as: str = "") -> None:
        """Up to the barrier, and through; who is not seen to comes again."""
        with self.lot.turn(self.entry):
            for _ in range(TRIES):
                self.drive_up(read_as)
                self.lot.sees(lambda s: self._through(s) or self._unseen(s), 40.0)
                if self._through(self.lot.state):
                    self.step("is in")
                    return
                self.turn_back()
                self.note("drove up again: nothing saw the car")
        raise Stuck("the gate does not let the car in")

    def drive_up(self, read_as: str = "") -> None:
        """To the entry, once the car before is through. The caller has the gate's turn."""
        self.refill()
        self.lot.wait("the barrier is closed", lambda s: ground.gate(s, self.entry)["barrier"] == "closed", 120.0)
        self.lot.act("car_arrives", plate=self.plate, gate=self.entry, read_as=read_as)
        self.lot.wait("the car stands at the gate", lambda s: ground.place(s, self.plate) != "outside", 10.0)
        self.step("stands at the entry")

    def turn_back(self) -> None:
        try:
            self.lot.act("turn_back", plate=self.plate)
        except CannotDo:  # it was let through in the last moment
            return
        self.lot.wait("the car is off the gate", lambda s: not ground.place(s, self.plate).startswith("gate:"), 10.0)
        self.calls.add("gate")  # the lot may wait for the car that drove off, and call for it
        time.sleep(AGAIN_AFTER)

    def drive_out(self) -> None:
        with self.lot.turn(self.exit):
            for _ in range(TRIES):
                self.leave()
                self.lot.sees(lambda s: self._outside(s) or self._unseen(s), 75.0)
                if self._outside(self.lot.state):
                    self.step("is out")
                    return
                self.turn_back()
                self.note("drove to the exit again: nothing saw the car")
        raise Stuck("the gate does not let the car out")

    def leave(self) -> None:
        """To the exit. The caller has the gate's turn."""
        self.lot.wait("the barrier is closed", lambda s: ground.gate(s, self.exit)["barrier"] == "closed", 120.0)
        self.lot.act("car_leaves", plate=self.plate, gate=self.exit)
        self.lot.wait("the car stands at the exit", lambda s: self.place.startswith("gate:") or self._outside(s), 10.0)
        self.step("stands at the exit")

    def refill(self) -> None:
        """The staff carry cards from the exit to the entry before it runs out of them."""
        if ground.gate(self.lot.state, self.entry)["cards"] < 5:
            self.lot.act("refill_cards", gate=self.entry)

    @property
    def entry(self) -> str:
        return self.lot.gate("entry")

    @property
    def exit(self) -> str:
        return self.lot.gate("exit")

    def _through(self, state: State) -> bool:
        return ground.place(state, self.plate) not in ("outside", f"gate:{self.entry}")

    def _outside(self, state: State) -> bool:
        return ground.place(state, self.plate) == "outside"

    def _unseen(self, state: State) -> bool:
        """Nobody answered the camera, or the lot does not move."""
        at = ground.place(state, self.plate).removeprefix("gate:")
        seen_by = next((item for item in state["gates"] if item["code"] == at), None)
        stands = ground.car(state, self.plate).get("thoughts")
        return stands == "turned_away" or (seen_by is not None and seen_by["camera"] == 0)

    # --- at a controller --------------------------------------------------------------------------

    def swipe_and_park(self) -> None:
        """At the right controller, again where it does not answer. Raises Stuck."""
        for tried in range(TRIES):
            if self.swipe(self.controller):
                self.step("parked")
                return
            self.note(f"swiped again ({tried + 1})")
            time.sleep(AGAIN_AFTER)
        raise Stuck(f"the lock does not open; {self.controller} shows {self.shown!r}")

    def swipe(self, controller: str, patience: float = SWIPE_PATIENCE) -> bool:
        """Once; whether the car stands on its spot then."""
        with self.lot.turn(controller):
            try:
                self.lot.act("swipe", plate=self.plate, controller=controller, spot=self.spot)
            except CannotDo as refusal:
                self.step(f"cannot swipe: {refusal.code}")
                return self.parked
            self.step(f"swipes at {controller}")
            time.sleep(LOOK_AT_DISPLAY)
            self.lot.sees(lambda s: self._parked(s) or self._moving(s) or self._denied(s, controller), patience)
        return self.lot.sees(self._parked, 12.0) if self._moving(self.lot.state) else self.parked

    @property
    def parked(self) -> bool:
        return self._parked(self.lot.state)

    @property
    def shown(self) -> str:
        return ground.display(self.lot.state, self.controller)

    def _parked(self, state: State) -> bool:
        return ground.place(state, self.plate) == f"spot:{self.spot}"

    def _moving(self, state: State) -> bool:
        return ground.lock(state, self.spot)["position"] in ("moving", "lowered")

    def _denied(self, state: State, controller: str) -> bool:
        return any(word in ground.display(state, controller) for word in NO)

    # --- the end ----------------------------------------------------------------------------------

    def stay(self, seconds: float = 2.0) -> None:
        time.sleep(seconds)

    def finish(self) -> None:
        """Out, and all that follows: the stay is over, the lock up, the spot on offer again."""
        self.stay()
        self.drive_out()
        self.ends()

    def ends(self) -> None:
        self.reaches(BookingState.COMPLETED)
        self.lot.wait("the lock is up", lambda s: ground.lock(s, self.spot)["position"] == "raised", SETTLES)
        self.step("done")
