"""The nightly test of every lock: lowered and raised once while its spot is idle, else only asked how it stands.

It begins at ``self_test.at`` of server.json (the lot's local time), and goes on over a restart. A spot that is not idle
is looked at again until the window closes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hardware.event_kinds import EventKind
from hardware.lotserver.config import ServerConfig
from hardware.lotserver.judge import Layout
from hardware.lotserver.store import Store, Write
from hardware.osdp.vendor import LockReport, Outcome

log = logging.getLogger(__name__)
WINDOW = timedelta(hours=2)
"""After this the spots that never were idle are only asked for their status."""
CLEAR_FOR = 1800
"""Seconds before the next grant begins within which a spot counts as no longer idle."""
TRY_AGAIN_AFTER = 90.0
"""Seconds after which a test that nothing came of (the controller is away) is begun again."""
HEALTHY = frozenset({"raised", "lowered"})


class SelfTests:
    """``begin`` starts the test of a spot's lock; ``take_care`` is to be called every few seconds."""

    def __init__(
        self, config: ServerConfig, store: Store, begin: Callable[[str], bool], clock: Callable[[], float]
    ) -> None:
        self._at = config.self_test_at
        self._zone = ZoneInfo(config.timezone)
        self._layout = Layout(config)
        self._store = store
        self._begin = begin
        self._clock = clock
        self._begun: dict[str, float] = {}
        """Spot → when its test was last begun; of each controller one at a time."""

    def take_care(self) -> None:
        if self._at is None:
            return
        now = datetime.fromtimestamp(self._clock(), self._zone)
        begins = now.replace(hour=self._at.hour, minute=self._at.minute, second=0, microsecond=0)
        if not begins <= now:
            begins -= timedelta(days=1)
        self._begin_night(begins, now)
        left = self._left()
        if not left:
            return
        if now >= begins + WINDOW:
            self._only_ask(left)
        else:
            self._test_idle(left)

    def reported(self, write: Write, spot: str, report: LockReport, controller: str, now: float) -> None:
        """A controller has finished a test. One that was refused is nothing to tell: it is tried again later."""
        self._begun.pop(spot, None)
        if report.outcome == Outcome.REFUSED:
            return
        passed = report.outcome == Outcome.TESTED
        self._tell(write, spot, controller, passed=passed, how="moved", took_ms=report.took * 10, tries=report.tries)
        self._strike(write, spot)

    def _begin_night(self, begins: datetime, now: datetime) -> None:
        night = begins.date().isoformat()
        if self._store.meta("self_test_night") == night:
            return
        fresh = now < begins + WINDOW  # a lot server that was off all night does not test by day
        with self._store.writing() as write:
            write.meta("self_test_night", night)
            write.meta("self_test_left", json.dumps(self._spots() if fresh else []))

    def _spots(self) -> list[str]:
        return [spot for controller in self._layout.controllers.values() for spot in controller.locks]

    def _left(self) -> list[str]:
        return [str(spot) for spot in json.loads(self._store.meta("self_test_left", "[]"))]

    def _test_idle(self, left: list[str]) -> None:
        now = self._clock()
        self._begun = {spot: at for spot, at in self._begun.items() if now - at < TRY_AGAIN_AFTER}
        busy = {self._controller(spot) for spot in self._begun}
        taken = self._taken(now)
        for spot in left:
            code = self._controller(spot)
            if not code or code in busy or spot in taken or not self._stands_ready(spot):
                continue
            if self._begin(spot):
                busy.add(code)
                self._begun[spot] = now

    def _taken(self, now: float) -> set[str]:
        """Spots that somebody may use now or soon."""
        inside = {stay.grant_id for stay in self._store.inside()}
        soon = {**self._store.expected(now), **self._store.expected(now + CLEAR_FOR)}
        grants = [*soon.values(), *(self._store.grant(grant_id) for grant_id in inside)]
        return {grant.spot for grant in grants if grant is not None}

    def _stands_ready(self, spot: str) -> bool:
        twin = self._store.lock(spot)
        return twin.acknowledged in {"raised", "jammed"} and twin.commanded == "raised" and not twin.vehicle

    def _controller(self, spot: str) -> str:
        place = self._layout.of_spot(spot)
        return place[0].code if place else ""

    def _only_ask(self, left: list[str]) -> None:
        with self._store.writing() as write:
            for spot in left:
                well = self._store.lock(spot).acknowledged in HEALTHY
                self._tell(write, spot, self._controller(spot), passed=well, how="status", took_ms=0, tries=0)
            write.meta("self_test_left", "[]")

    def _strike(self, write: Write, spot: str) -> None:
        write.meta("self_test_left", json.dumps([other for other in self._left() if other != spot]))

    def _tell(
        self, write: Write, spot: str, controller: str, *, passed: bool, how: str, took_ms: int, tries: int
    ) -> None:
        log.info("lock %s tested (%s): %s", spot, how, "passed" if passed else "failed")
        write.event(
            EventKind.LOCK_TESTED,
            self._clock(),
            spot=spot,
            controller=controller,
            outcome="passed" if passed else "failed",
            how=how,
            took_ms=took_ms,
            tries=tries,
        )
