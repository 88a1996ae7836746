"""The day itself: tales begin at their time, each in a thread, and are judged when all have ended."""

from __future__ import annotations

import logging
import random
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from berth.day.checks import Before, cards_of, check, escrow
from berth.day.desk import Desk
from berth.day.ground import Ground, Stuck
from berth.day.people import Person
from berth.day.plan import Planned, make_plan
from berth.day.report import Report
from berth.day.spots import Spots
from berth.day.stories import EXPECTED_ERRORS, STORIES
from berth.day.tale import Outcome, Tale
from berth.day.troubles import Stack, Troubles
from hardware.models import LotEvent
from lots.models import LotStaff

log = logging.getLogger(__name__)
GAP = 240.0
"""Seconds between two arrivals at one lot on a busy day; divided by the speed."""
AT_ONCE = 28
"""Tales at a time: more than that cannot move through the gates of three lots."""
QUIET_FOR = 3.0
"""Seconds without a new event after which the lots have told everything."""


@dataclass(frozen=True, slots=True)
class Script:
    """What a day is made of."""

    lots: Sequence[str]
    cars: int
    speed: float
    faults: bool
    seed: int


class Day:
    """One day on a running stack. ``stack``, where given, lets the platform's processes suffer too."""

    def __init__(
        self, script: Script, *, site: str, simulator: str, stack: Stack | None = None, say: Callable[[str], None]
    ) -> None:
        self._script = script
        self._site = site
        self._say = say
        self._lots = {code: Ground(simulator, code) for code in script.lots}
        self._spots = {code: Spots(lot) for code, lot in self._lots.items()}
        self._desks = {code: Desk(lot, Person(site, _phone_of_staff(code))) for code, lot in self._lots.items()}
        plan = make_plan(lots=script.lots, cars=script.cars, faults=script.faults, seed=script.seed)
        self._people = [Person(site, f"+86139{script.seed % 1000:03d}1{n:04d}") for n in range(_members(plan))]
        self._tales = [self._tale(planned) for planned in plan]
        self._troubles = Troubles(list(self._lots.values()), stack, script.seed)
        self._ended = 0
        self._guard = threading.Lock()

    def run(self) -> Report:
        """Play it, and judge it. Takes about as long as the fullest gate needs."""
        began = time.monotonic()
        before = Before(timezone.now(), escrow(), {code: cards_of(lot) for code, lot in self._lots.items()})
        for lot in self._lots.values():
            lot.start()
        for desk in self._desks.values():
            desk.start()
        if self._script.faults:
            self._troubles.start()
        try:
            self._play()
        finally:
            if self._script.faults:
                self._troubles.stop()
        self._wait_until_told()
        for desk in self._desks.values():
            desk.stop()
        checks = check(self._tales, list(self._lots.values()), before)
        for lot in self._lots.values():
            lot.stop()
        return Report(self._script.seed, time.monotonic() - began, self._tales, checks, self._troubles.happened)

    def _tale(self, planned: Planned) -> Tale:
        driver = self._people[planned.member]
        rival = self._people[(planned.member + 1) % len(self._people)]
        lot, desk, spots = (of[planned.lot] for of in (self._lots, self._desks, self._spots))
        return Tale(planned, lot, driver, rival, desk, spots)  # type: ignore[arg-type]

    def _play(self) -> None:
        chance = random.Random(self._script.seed)  # noqa: S311 (a play, not a secret)
        gap = GAP / self._script.speed / len(self._lots)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="car") as pool:
            for tale in self._tales:
                pool.submit(self._tell, tale)
                time.sleep(chance.expovariate(1 / gap))

    def _tell(self, tale: Tale) -> None:
        tale.began, tale.started_at = time.monotonic(), timezone.now()
        try:
            tale.outcome = STORIES[tale.planned.story](tale)
        except EXPECTED_ERRORS as error:
            tale.note(f"{type(error).__name__}: {error}")
        except Exception:
            log.exception("story %s of %s", tale.planned.story, tale.plate)
            tale.note(traceback.format_exc(limit=-3))
        finally:
            self._over(tale)
            connection.close()

    def _over(self, tale: Tale) -> None:
        if tale.spot and tale.outcome is not Outcome.UNEXPLAINED:
            tale.spots.give_back(tale.spot)
        with self._guard:
            self._ended += 1
            ended = self._ended
        seconds = time.monotonic() - tale.began
        self._say(
            f"{ended:4d}/{len(self._tales)}  {tale.plate}  {tale.lot.code:9} {tale.planned.story:22} "
            f"{seconds:5.0f} s  {tale.outcome}"
            + (f": {tale.notes[-1]}" if tale.outcome is Outcome.UNEXPLAINED and tale.notes else "")
        )

    def _wait_until_told(self) -> None:
        """Until no lot has told anything for some seconds: what was under way has arrived."""
        until, seen = time.monotonic() + 60, -1
        while time.monotonic() < until:
            told = LotEvent.objects.count()
            if told == seen:
                return
            seen = told
            time.sleep(QUIET_FOR)


def _members(plan: Sequence[Planned]) -> int:
    return max(planned.member for planned in plan) + 1


def _phone_of_staff(lot: str) -> str:
    role = LotStaff.objects.filter(lot__code=lot, member__phone__isnull=False).select_related("member").first()
    if role is None:
        raise Stuck(f"lot {lot} has no staff who could sign in")
    return str(role.member.phone)
