from __future__ import annotations

import pytest
from django.http import Http404

from berth.kernel.errors import Conflict, InvalidInput
from hardware.models import Grant
from tests.lots.making import make_member
from tests.trading.making import lot_event, make_confirmed, make_hold, make_vehicle
from trading.domain import bookings
from trading.models import BookingState

pytestmark = pytest.mark.django_db


def test_plate_may_change_until_entry_and_the_grant_follows() -> None:
    booking = make_confirmed()
    first = Grant.objects.get(subject_id=booking.pk).revision
    other = make_vehicle(booking.renter)
    bookings.set_vehicle(booking_id=booking.pk, renter=booking.renter, vehicle=other)
    grant = Grant.objects.get(subject_id=booking.pk)
    assert grant.plates == [other.plate]
    assert grant.revision > first


def test_same_plate_again_changes_nothing() -> None:
    booking = make_confirmed()
    before = booking.evidence.count()
    bookings.set_vehicle(booking_id=booking.pk, renter=booking.renter, vehicle=booking.vehicle)
    assert booking.evidence.count() == before


def test_held_booking_takes_a_plate_without_a_grant() -> None:
    booking = make_hold(renter=make_member())
    bookings.set_vehicle(booking_id=booking.pk, renter=booking.renter, vehicle=make_vehicle(booking.renter))
    assert not Grant.objects.exists()


def test_plate_is_fixed_once_the_car_is_in() -> None:
    booking = make_confirmed()
    bookings.take_lot_event(lot_event(booking, "vehicle_entered", booking.start, 1, plate=booking.vehicle.plate))
    booking.refresh_from_db()
    assert booking.state == BookingState.ACTIVE
    with pytest.raises(Conflict) as refused:
        bookings.set_vehicle(booking_id=booking.pk, renter=booking.renter, vehicle=make_vehicle(booking.renter))
    assert refused.value.code == "plate_fixed"


def test_car_that_is_booked_at_the_time_is_refused() -> None:
    first = make_confirmed()
    second = make_hold(renter=first.renter, start=first.start)
    with pytest.raises(Conflict) as refused:
        bookings.set_vehicle(booking_id=second.pk, renter=first.renter, vehicle=first.vehicle)
    assert refused.value.code == "vehicle_busy"
    second.refresh_from_db()
    assert second.vehicle is None


def test_foreign_car_and_foreign_booking_are_refused() -> None:
    booking = make_confirmed()
    with pytest.raises(InvalidInput):
        bookings.set_vehicle(booking_id=booking.pk, renter=booking.renter, vehicle=make_vehicle(make_member()))
    stranger = make_member()
    with pytest.raises(Http404):
        bookings.set_vehicle(booking_id=booking.pk, renter=stranger, vehicle=make_vehicle(stranger))
