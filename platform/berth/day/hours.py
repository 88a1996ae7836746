"""Hours that nobody waits for: a booking with all that hangs on it is moved into the past, as if they had gone by."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from hardware.domain import grants
from hardware.models import Grant
from lots.domain import idle_time
from lots.models import Occupancy
from trading.domain import locking
from trading.models import Booking

if TYPE_CHECKING:
    from berth.day.tale import Tale


def hours_pass(tale: Tale, *, hours: int) -> None:
    """For this booking alone. Its time, its spot's, and what the lot may open for it end ``hours`` earlier."""
    back = timedelta(hours=hours)
    with transaction.atomic():
        booking = locking.lock(tale.booking_id)
        row = Occupancy.objects.get(pk=booking.occupancy_id)
        Occupancy.objects.filter(pk=row.pk).update(period=(row.period.lower - back, row.period.upper - back))
        Booking.objects.filter(pk=booking.pk).update(start=F("start") - back, end=F("end") - back)
        idle_time.rebuild(booking.spot_id)
        grant = Grant.objects.get(subject_id=booking.pk)
        grants.give(
            subject_id=booking.pk,
            lot=booking.lot,
            spot=booking.spot,
            member=booking.renter,
            plates=grant.plates,
            valid_from=grant.valid_from - back,
            valid_until=grant.valid_until - back,
        )
    tale.step(f"{hours} hours pass")
