"""Staff who open something by hand say why; whose booking it concerns has it on its timeline (invariant 3)."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from hardware.models import LockCommand
from trading.domain import holds, locking, timeline
from trading.models import Booking, BookingState, Evidence

EARLY = timedelta(minutes=15)


def record(command: LockCommand) -> None:
    """Write a staff order down against the booking that its spot serves now; nothing where there is none."""
    if command.grant_id is not None or command.spot_id is None:
        return
    booking_id = _served_now(command.spot_id)
    if booking_id is None:
        return
    with transaction.atomic():
        booking = locking.lock(booking_id)
        timeline.append(
            booking=booking,
            kind=Evidence.Kind.OVERRIDE,
            occurred_at=timezone.now(),
            source=f"command:{command.pk}:{command.state}",
            payload={
                "order": command.kind,
                "by": command.requested_by.public_name,
                "reason": command.reason,
                "state": command.state,
            },
        )
        holds.publish(booking)


def _served_now(spot_id: int) -> uuid.UUID | None:
    """The booking whose car is in, else the one whose time is running or about to."""
    soon = timezone.now() + EARLY
    near = Booking.objects.filter(spot_id=spot_id, state__in=[BookingState.ACTIVE, BookingState.CONFIRMED])
    # "active" sorts before "confirmed"
    return near.filter(start__lte=soon).order_by("state", "-start").values_list("pk", flat=True).first()
