"""Cars that stand in a lot."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from berth.kernel.ids import uuid7
from lots.domain import occupancy
from lots.models import Listing, Occupancy, Spot
from tests.operations.conftest import Desk, member
from trading.domain import states
from trading.models import Booking, BookingState, Stay


def park(desk: Desk, spot: Spot, plate: str) -> Stay:
    """A booking of two hours whose car came in ten minutes ago."""
    start, booking_id = timezone.now() - timedelta(minutes=15), uuid7()
    end = start + timedelta(hours=2)
    renter = member("停车人")
    occupancy.take(occupancy_id=booking_id, spot_id=spot.pk, start=start, end=end, kind=Occupancy.Kind.BOOKING)
    listing = Listing.objects.create(spot=spot, owner=renter, hourly_price_minor=500)
    booking = Booking.objects.create(
        id=booking_id, renter=renter, lot=desk.lot, spot=spot, listing=listing, occupancy_id=booking_id, start=start,
        end=end, amount_minor=1000, currency="CNY",
    )  # fmt: skip
    for state in (BookingState.CONFIRMED, BookingState.ACTIVE):
        states.change(booking, state, at=start)
    return Stay.objects.create(booking=booking, plate_read=plate, entered_at=start + timedelta(minutes=5))
