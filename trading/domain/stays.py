"""The stay is what the evidence says, whatever the order in which the lot told it.

``read`` folds a booking's evidence into facts; it is a pure function of the *set* of lines, so events that come twice,
late or in another order end in the same stay (docs/adr/0010). ``follow`` brings the booking in line with it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from lots.domain import occupancy
from trading.domain import access, messages, settling, states
from trading.models import Booking, BookingState, Evidence, Stay

log = logging.getLogger(__name__)
Kind = Evidence.Kind


@dataclass(frozen=True, slots=True)
class Facts:
    """``entered_at`` is the exit's time where the entry was never told (a gate opened by hand)."""

    entered_at: datetime
    left_at: datetime | None
    unlocked_at: datetime | None
    plate: str


def read(lines: Iterable[Evidence]) -> Facts | None:
    """What is known of the stay; None while nothing shows that the car was in.

    First entry, first exit after it, first opening of the lock: a second visit on the same booking stays in the
    evidence and moves nothing. Any exit ends the stay, even one that a lot with a wrong clock dates before the entry.
    """
    told = sorted(lines, key=lambda line: (line.occurred_at, line.source))
    entries = [line for line in told if line.kind == Kind.ENTERED]
    exits = [line for line in told if line.kind == Kind.LEFT]
    if not entries and not exits:
        return None
    first = entries[0] if entries else exits[0]
    left = next((line.occurred_at for line in exits if line.occurred_at >= first.occurred_at), None)
    if exits and left is None:
        left = first.occurred_at
    unlocked = next((line.occurred_at for line in told if line.kind == Kind.LOCK_OPENED), None)
    return Facts(first.occurred_at, left, unlocked, str(first.payload.get("plate", ""))[:12])


def follow(booking: Booking) -> None:
    """Write the stay and move the booking to where the evidence says it is. The caller holds the booking's row lock."""
    facts = read(Evidence.objects.filter(booking=booking))
    if facts is None:
        return
    stay = _write(booking, facts)
    if stay.left_at is None:
        _arrive(booking, stay)
    else:
        _leave(booking, stay)


def overstay_minutes(*, end: datetime, left_at: datetime | None, grace_minutes: int) -> int:
    """Started minutes after the end; 0 within the lot's grace."""
    if left_at is None or left_at <= end + timedelta(minutes=grace_minutes):
        return 0
    return -(-(left_at - end) // timedelta(minutes=1))


def _write(booking: Booking, facts: Facts) -> Stay:
    grace = booking.lot.overstay_grace_minutes
    stay, _created = Stay.objects.update_or_create(
        booking=booking,
        defaults={
            "plate_read": facts.plate,
            "entered_at": facts.entered_at,
            "unlocked_at": facts.unlocked_at,
            "left_at": facts.left_at,
            "overstay_minutes": overstay_minutes(end=booking.end, left_at=facts.left_at, grace_minutes=grace),
        },
    )
    return stay


def _arrive(booking: Booking, stay: Stay) -> None:
    if booking.state == BookingState.ACTIVE:
        return
    if not states.may_change(booking.state, BookingState.ACTIVE):
        log.warning("car of booking %s is in, but the booking is %s", booking.pk, booking.state)
        return
    states.change(booking, BookingState.ACTIVE, at=stay.entered_at)


def _leave(booking: Booking, stay: Stay) -> None:
    if booking.state == BookingState.COMPLETED:
        return
    if not states.may_change(booking.state, BookingState.COMPLETED):
        log.warning("car of booking %s has left, but the booking is %s", booking.pk, booking.state)
        return
    states.change(booking, BookingState.COMPLETED, at=stay.left_at or timezone.now())
    occupancy.release(occupancy_id=booking.occupancy_id, at=stay.left_at)
    access.revoke(booking)
    settling.settle_in_full(booking)
    access.refresh_follower(booking)
    messages.completed(booking, stay)
