"""Bookings whose time is over and whose car never came."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from lots.domain import occupancy
from trading.domain import access, holds, locking, messages, settling, states, timeline
from trading.models import Booking, BookingState, Evidence


def end_unused(*, now: datetime | None = None, limit: int = 500) -> int:
    """End them: the price is the owner's, who kept the spot. Returns how many. Safe at any time, in several workers.

    Should an offline lot tell later that the car was there, the booking becomes what it was (states.LEGAL_CHANGES).
    """
    now = now or timezone.now()
    over = Booking.objects.filter(state=BookingState.CONFIRMED, end__lte=now).order_by("pk")
    return sum(_end(booking_id, now) for booking_id in over.values_list("pk", flat=True)[:limit])


def _end(booking_id: uuid.UUID, now: datetime) -> bool:
    with transaction.atomic():
        booking = locking.lock(booking_id, money=True)
        if booking.state != BookingState.CONFIRMED:
            return False
        states.change(booking, BookingState.NO_SHOW, at=now)
        timeline.append(booking=booking, kind=Evidence.Kind.NOT_USED, occurred_at=now)
        occupancy.release(occupancy_id=booking.occupancy_id, at=booking.end)
        access.revoke(booking)
        settling.settle_in_full(booking)
        messages.not_used(booking)
        holds.publish(booking)
    return True
