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
    """Write an order down, at each of its states: a staff one against the booking that its spot serves now, a renter's
    own (phone as key) against theirs; nothing where there is none."""
    by_phone = command.grant is not None and command.grant.member_id == command.requested_by_id
    if command.spot_id is None or (command.grant_id is not None and not by_phone):
        return
    booking_id = command.grant.subject_id if command.grant and by_phone else _served_now(command.spot_id)
    if booking_id is None:
        return
    with transaction.atomic():
        try:
            booking = locking.lock(booking_id)
        except Booking.DoesNotExist:  # a grant of somebody else's making
            return
        timeline.append(
            booking=booking,
            kind=Evidence.Kind.PHONE_KEY if by_phone else Evidence.Kind.OVERRIDE,
            occurred_at=timezone.now(),
            source=f"command:{command.pk}:{command.state}",
            payload={
                "order": command.kind,
                "by": command.requested_by.public_name,
                "reason": command.reason,
                "result": command.result,
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
