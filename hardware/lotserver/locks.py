"""The twins of the lot's locks: what controllers report becomes events; what should be up is raised again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from hardware.event_kinds import EventKind
from hardware.lotserver.judge import Layout
from hardware.lotserver.store import LockTwin, Store, Write
from hardware.lotserver.wear import Wear
from hardware.osdp.vendor import LockReport, LockStatus, Outcome

log = logging.getLogger(__name__)
ASK_AGAIN_AFTER = 45.0
"""Seconds between two wishes to raise the same lock: a controller needs 30 to give one up."""
DRIFTING, UNEXPECTED = "d", "u"
"""Letters of a lock's condition, as it was last told: it ages; a vehicle stands there that nobody let on."""
Raise = Callable[[str], None]
"""Ask the controller of this spot to raise its lock."""


def position_of(status: LockStatus) -> str:
    """SpotLock.Position value of a status."""
    if status & LockStatus.UNREACHABLE:
        return "offline"
    if status & LockStatus.JAMMED:
        return "jammed"
    if status & LockStatus.RAISED:
        return "raised"
    return "lowered" if status & LockStatus.LOWERED else "moving"


class Locks:
    """Called in the threads of the lines and gates; the store makes it one at a time."""

    def __init__(self, store: Store, layout: Layout, raise_lock: Raise) -> None:
        self._store = store
        self._layout = layout
        self._raise = raise_lock
        self._asked: dict[str, float] = {}

    def opening(self, write: Write, spot: str, grant_id: str | None) -> None:
        """A verdict or an order opens this lock now: whoever comes next was let on."""
        write.meta(f"let_on:{spot}", "1")
        write.lock(replace(self._store.lock(spot), commanded="lowered", grant_id=grant_id, raise_wanted=False))

    def want_raised(self, write: Write, spot: str) -> None:
        """The stay of this spot is over: up, as soon as no vehicle stands there.

        Also one that is said to be up but was told to open: its report may be on its way still.
        """
        twin = self._store.lock(spot)
        write.meta(f"let_on:{spot}", "")
        wanted = twin.acknowledged != "raised" or twin.commanded == "lowered"
        write.lock(replace(twin, commanded="raised", raise_wanted=wanted))

    def raise_if_free(self, spot: str) -> None:
        """Ask for it now, if it is wanted and possible and not being tried already."""
        twin = self._store.lock(spot)
        if not twin.raise_wanted or twin.vehicle or twin.acknowledged == "raised":
            self._asked.pop(spot, None)
            return
        now = time.monotonic()
        if now - self._asked.get(spot, -ASK_AGAIN_AFTER) >= ASK_AGAIN_AFTER:
            self._asked[spot] = now
            self._raise(spot)

    def raise_all_wanted(self) -> None:
        for twin in self._store.locks_to_raise():
            self.raise_if_free(twin.spot)

    def report(
        self, write: Write, controller: str, spot: str, report: LockReport, now: float, command: str | None = None
    ) -> None:
        """A controller told what became of a swipe or of an order (``command``, its id), or that something changed."""
        if report.outcome in (Outcome.OPENED, Outcome.TESTED):
            wear = Wear.loads(self._store.meta(f"wear:{spot}")).after(report.took, report.tries)
            write.meta(f"wear:{spot}", wear.dumps())
        twin = self._changed(write, controller, spot, LockStatus(report.status), report.outcome, now)
        ordered = report.request or command
        if ordered and report.outcome in (Outcome.OPENED, Outcome.FAILED) and twin.commanded == "lowered":
            write.event(
                EventKind.UNLOCK_RESULT,
                now,
                spot=spot,
                controller=controller,
                grant=twin.grant_id,
                command=command,
                outcome="opened" if report.outcome == Outcome.OPENED else "failed",
                tries=report.tries,
            )

    def status(self, write: Write, controller: str, spot: str, status: LockStatus, now: float) -> None:
        """A controller told how a lock stands, after its start or on request."""
        self._changed(write, controller, spot, status, Outcome.CHANGED, now)

    def _changed(
        self, write: Write, controller: str, spot: str, status: LockStatus, outcome: int, now: float
    ) -> LockTwin:
        before = self._store.lock(spot)
        after = replace(
            before,
            acknowledged=position_of(status),
            vehicle=bool(status & LockStatus.VEHICLE),
            battery_low=bool(status & LockStatus.BATTERY_LOW),
        )
        if outcome == Outcome.RAISED or (after.raise_wanted and after.acknowledged == "raised"):
            after = replace(after, commanded="raised", raise_wanted=False)
        condition = self._condition(write, after)
        if after == before and condition == self._store.meta(f"condition:{spot}"):
            return after
        write.lock(after)
        write.meta(f"condition:{spot}", condition)
        write.event(
            EventKind.LOCK_CHANGED,
            now,
            spot=spot,
            controller=controller,
            commanded=after.commanded,
            acknowledged=after.acknowledged,
            vehicle_present=after.vehicle,
            battery_low=after.battery_low,
            grant=after.grant_id,
            drifting=DRIFTING in condition,
            unexpected=UNEXPECTED in condition,
        )
        if after.acknowledged == "raised" and after.commanded == "raised" and after.grant_id:
            write.lock(replace(after, grant_id=None))
        return after

    def _condition(self, write: Write, twin: LockTwin) -> str:
        if twin.acknowledged == "raised" and not twin.vehicle:
            write.meta(f"let_on:{twin.spot}", "")
        unexpected = twin.vehicle and not self._store.meta(f"let_on:{twin.spot}")
        drifting = Wear.loads(self._store.meta(f"wear:{twin.spot}")).drifting
        return (DRIFTING if drifting else "") + (UNEXPECTED if unexpected else "")
