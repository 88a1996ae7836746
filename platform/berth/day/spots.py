"""The spots of a lot that the day plays on: listed, opened round the clock by their owners, one story at a time."""

from __future__ import annotations

import queue
from datetime import datetime, timedelta

from django.utils import timezone

from berth.day.ground import Ground, Stuck
from berth.kernel.errors import DomainError
from lots import queries as lot_queries
from lots.domain import listings
from lots.models import Listing, ScheduleException, Spot

AHEAD = timedelta(hours=2, minutes=15)
"""A spot is used if it is idle for this long."""
PATIENCE = 300.0


class Spots:
    """Free spots of one lot, in turn."""

    def __init__(self, lot: Ground) -> None:
        self._free: queue.Queue[str] = queue.Queue()
        self._codes = _idle_spots(lot)
        if not self._codes:
            raise Stuck(f"lot {lot.code} has no spot that is free now")
        for code in self._codes:
            self._free.put(code)

    def __len__(self) -> int:
        return len(self._codes)

    def take(self) -> str:
        """Wait for one. Raises Stuck."""
        try:
            return self._free.get(timeout=PATIENCE)
        except queue.Empty:
            raise Stuck("no spot is free") from None

    def give_back(self, code: str) -> None:
        self._free.put(code)


def _idle_spots(lot: Ground) -> list[str]:
    """Codes of spots with a lock; their owners offer today and tomorrow as well."""
    spots = Spot.objects.filter(lot__code=lot.code, code__in=lot.spots).select_related("lot", "owner").order_by("code")
    now = timezone.now()
    return [spot.code for spot in spots if _offered(spot, now) and _is_free(spot, now)]


def _offered(spot: Spot, now: datetime) -> bool:
    listing = Listing.objects.filter(spot=spot, state=Listing.State.PUBLISHED).first()
    if listing is None or spot.owner is None:
        return False
    today = now.astimezone(spot.lot.zone).date()
    for day in (today, today + timedelta(days=1)):
        try:
            listings.add_exception(
                listing=listing, day=day, kind=ScheduleException.Kind.OPEN, by=spot.owner, reason="simulate_day"
            )
        except DomainError:  # the day has an exception already: whether the spot is idle is asked next
            continue
    return True


def _is_free(spot: Spot, now: datetime) -> bool:
    start = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    return lot_queries.is_idle(spot.pk, start, start + AHEAD)
