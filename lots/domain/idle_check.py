"""Compares each idle time row with what it must be, and mends it on request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from lots.domain import idle_time
from lots.domain.intervals import clip
from lots.models import IdleTime, Listing, Spot


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not what its sources say."""

    spot: Spot
    fault: str
    """missing, stray, idle, or the name of a copied column."""


def check_idle_time(*, repair: bool = False) -> list[Difference]:
    """Every spot that has a listing or a row; each under its row's lock. ``repair`` rebuilds what differs."""
    differences: list[Difference] = []
    for spot_id in _spot_ids():
        with transaction.atomic():
            faults = list(_faults(spot_id, timezone.now()))
            if faults and repair:
                idle_time.rebuild(spot_id)
        if faults:
            spot = Spot.objects.select_related("lot").get(pk=spot_id)
            differences += [Difference(spot, fault) for fault in faults]
    return differences


def _spot_ids() -> list[int]:
    listed = Listing.objects.exclude(state=Listing.State.WITHDRAWN).order_by().values_list("spot_id", flat=True)
    return sorted(set(listed) | set(IdleTime.objects.values_list("spot_id", flat=True)))


def _faults(spot_id: int, now: datetime) -> Iterator[str]:
    row = IdleTime.objects.select_for_update().filter(spot_id=spot_id).first()
    listing = idle_time.current_listing(spot_id)
    if row is None or listing is None:
        if row is not None:
            yield "stray"
        elif listing is not None:
            yield "missing"
        return
    yield from (name for name, value in idle_time.copied(listing).items() if getattr(row, name) != value)
    if clip(idle_time.stored(spot_id), now, row.horizon) != idle_time.derive(listing, now, row.horizon):
        yield "idle"
