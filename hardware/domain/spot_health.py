"""Whether a spot can be sold, as its lock tells: a sick lock or a stranger's vehicle takes it from the site by itself,
and it comes back by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from hardware.models import SpotLock
from hardware.signals import SpotHealth, spot_health
from lots.domain import listings
from lots.domain.idle_time import current_listing
from lots.domain.schedule import expand
from lots.models import Listing

Position = SpotLock.Position
KNOWN = frozenset({Position.RAISED, Position.LOWERED})
MOMENT = timedelta(minutes=1)


def follow(lock: SpotLock, *, at: datetime) -> None:
    """Take the spot from the site, or bring it back. ``lock`` has its spot and controller, and its row is locked."""
    if faults := lock.faults:
        if listings.mark_sick(spot=lock.spot, since=at):
            _tell(lock, "sick", at, faults)
    elif lock.acknowledged in KNOWN and listings.mark_healthy(spot=lock.spot):
        _tell(lock, "sick", None)
    _follow_stranger(lock, at)


def review_strangers() -> int:
    """Vehicles that nobody let on, looked at again: the owner's time may have ended while they stand. How many are
    strangers now."""
    now = timezone.now()
    count = 0
    for lock_id in SpotLock.objects.filter(vehicle_present=True, unexpected=True).values_list("pk", flat=True):
        with transaction.atomic():
            rows = SpotLock.objects.select_for_update(of=("self",)).select_related("spot__lot", "controller")
            lock = rows.get(pk=lock_id)
            _follow_stranger(lock, now)
            count += is_stranger(lock, now)
    return count


def is_stranger(lock: SpotLock, now: datetime) -> bool:
    """Nobody let the vehicle on, and it is time that is offered to renters: not the owner's own."""
    return lock.vehicle_present and lock.unexpected and _is_offered(lock.spot_id, now)


def _is_offered(spot_id: int, now: datetime) -> bool:
    listing = current_listing(spot_id)
    if listing is None or listing.state != Listing.State.PUBLISHED:
        return False
    return bool(expand(listing, now, now + MOMENT))


def _follow_stranger(lock: SpotLock, at: datetime) -> None:
    if is_stranger(lock, at):
        if listings.mark_stranger(spot=lock.spot, since=at):
            _tell(lock, "stranger", at)
    elif listings.mark_clear(spot=lock.spot):
        _tell(lock, "stranger", None)


def _tell(lock: SpotLock, cause: str, since: datetime | None, faults: list[str] | None = None) -> None:
    told = SpotHealth(lock.spot.lot.code, lock.spot_id, cause, since, tuple(faults or ()))
    spot_health.send(sender=SpotLock, event=told)
