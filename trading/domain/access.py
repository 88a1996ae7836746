"""What the lot may open for a booking: the grant follows the booking's state, plate and neighbours."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from hardware.domain import grants
from lots import queries as lot_queries
from trading.domain import timeline
from trading.models import Booking, BookingState, Evidence

_GRANTED = frozenset({BookingState.CONFIRMED, BookingState.ACTIVE})


def validity(booking: Booking) -> tuple[datetime, datetime]:
    """From when to when the lot lets the car in and opens the lock.

    Early entry (``Lot.early_entry_minutes``) only while the spot is idle then: not while somebody else is booked, nor
    while its owner may still stand on it. After the end the lot's grace follows.
    """
    lot = booking.lot
    early = booking.start - timedelta(minutes=lot.early_entry_minutes)
    is_free = early < booking.start and lot_queries.is_idle(booking.spot_id, early, booking.start)
    return early if is_free else booking.start, booking.end + timedelta(minutes=lot.overstay_grace_minutes)


def give(booking: Booking) -> None:
    """Tell the lot of a confirmed booking, once its plate is known. The caller holds the locks of locking.lock."""
    if booking.state not in _GRANTED or booking.vehicle is None:
        return
    valid_from, valid_until = validity(booking)
    grants.give(
        subject_id=booking.pk,
        lot=booking.lot,
        spot=booking.spot,
        member=booking.renter,
        plates=[booking.vehicle.plate],
        valid_from=valid_from,
        valid_until=valid_until,
    )
    timeline.append(
        booking=booking,
        kind=Evidence.Kind.GRANTED,
        occurred_at=timezone.now(),
        payload={
            "plate": booking.vehicle.plate,
            "valid_from": valid_from.isoformat(),
            "valid_until": valid_until.isoformat(),
        },
    )


def revoke(booking: Booking) -> None:
    """The lot opens nothing for this booking any more; nothing happens where it never did."""
    grants.revoke(subject_id=booking.pk)


def refresh_follower(booking: Booking) -> None:
    """The booking right after this one on the spot may enter early only while this time is idle: look again.

    Bookings of one lot change one after the other (the lot server's row is locked), so taking a second booking's lock
    here cannot deadlock.
    """
    reach = booking.end + timedelta(minutes=booking.lot.early_entry_minutes)
    follower = (
        Booking.objects.select_for_update(of=("self",), no_key=True)
        .select_related("lot", "spot", "renter", "vehicle")
        .filter(spot_id=booking.spot_id, state=BookingState.CONFIRMED, start__gte=booking.end, start__lt=reach)
        .exclude(pk=booking.pk)
        .first()
    )
    if follower is not None:
        give(follower)
