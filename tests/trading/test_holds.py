from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.http import Http404
from django.utils import timezone

from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from berth.kernel.ids import uuid7
from lots.domain import listings, occupancy
from lots.models import Occupancy
from lots.queries import is_idle
from members.domain.vehicles import remove_vehicle
from tests.lots.making import make_member, quarter
from tests.trading.making import make_confirmed, make_hold, make_offer, make_vehicle
from trading.domain import bookings, timeline
from trading.domain.quotes import make_quote
from trading.models import Booking, BookingState, Evidence

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def token(spot, renter=None, start=None):  # type: ignore[no-untyped-def]
    start = start or quarter()
    return make_quote(spot=spot, start=start, end=start + 2 * HOUR, member=renter).token


def test_hold_takes_the_spot_for_the_quoted_time_at_the_quoted_price() -> None:
    spot = make_offer(service_fee_bp=500)
    booking = make_hold(spot)
    assert (booking.state, booking.amount_minor, booking.service_fee_minor) == (BookingState.HELD, 1680, 80)
    assert sum(line["amount_minor"] for line in booking.quote_lines) == 1680
    held = Occupancy.objects.get(pk=booking.occupancy_id)
    assert (held.kind, held.period.lower, held.period.upper) == ("hold", booking.start, booking.end)
    assert timezone.now() + timedelta(minutes=9) < held.expires_at <= timezone.now() + timedelta(minutes=10)
    assert not is_idle(spot.pk, booking.start, booking.end)
    assert [line.kind for line in booking.evidence.all()] == ["held", "plate_set"]


def test_same_request_again_is_the_same_booking() -> None:
    spot, renter, booking_id = make_offer(), make_member(), uuid7()
    quote = token(spot)
    first = bookings.hold(booking_id=booking_id, renter=renter, quote_token=quote)
    again = bookings.hold(booking_id=booking_id, renter=renter, quote_token=quote)
    assert first == again
    assert (Booking.objects.count(), Occupancy.objects.count(), Evidence.objects.count()) == (1, 1, 1)


def test_repeat_is_answered_even_when_the_quote_has_expired_meanwhile() -> None:
    spot, renter, booking_id = make_offer(), make_member(), uuid7()
    quote = token(spot)
    first = bookings.hold(booking_id=booking_id, renter=renter, quote_token=quote)
    with time_machine.travel(timezone.now() + HOUR):
        assert bookings.hold(booking_id=booking_id, renter=renter, quote_token=quote) == first


def test_number_of_somebody_elses_booking_is_refused_without_saying_whose() -> None:
    booking = make_hold()
    with pytest.raises(Conflict) as refused:
        bookings.hold(booking_id=booking.pk, renter=make_member(), quote_token=token(make_offer()))
    assert refused.value.code == "id_in_use"


@pytest.mark.parametrize(("shift", "minutes"), [(0, 120), (60, 120), (-60, 120), (30, 60), (-60, 240)])
def test_overlapping_time_is_taken(shift: int, minutes: int) -> None:
    spot = make_offer()
    make_hold(spot, start=quarter(120))
    with pytest.raises(Conflict) as refused:
        make_hold(spot, start=quarter(120 + shift), minutes=minutes)
    assert refused.value.code == "taken"
    assert Booking.objects.count() == Occupancy.objects.count() == 1


def test_adjoining_times_are_both_had() -> None:
    spot = make_offer()
    for n in range(3):
        make_hold(spot, start=quarter(120 * n))
    assert Booking.objects.filter(state=BookingState.HELD).count() == 3


def test_time_outside_the_schedule_is_not_to_be_had() -> None:
    spot = make_offer()
    quote = token(spot)
    listing = spot.listings.get()
    elsewhere = ((quarter() + timedelta(days=3)).weekday(), 0, 1440)
    listings.set_schedule(listing=listing, windows=[elsewhere], by=listing.owner)
    with pytest.raises(Conflict) as refused:
        bookings.hold(booking_id=uuid7(), renter=make_member(), quote_token=quote)
    assert refused.value.code == "taken"
    assert not Occupancy.objects.exists()


def test_owner_cannot_book_the_own_spot() -> None:
    spot = make_offer()
    with pytest.raises(NotAllowed):
        bookings.hold(booking_id=uuid7(), renter=spot.owner, quote_token=token(spot))


def test_second_booking_of_the_same_time_with_the_same_plate_is_refused() -> None:
    first = make_hold()
    with pytest.raises(Conflict) as refused:
        make_hold(renter=first.renter, vehicle=first.vehicle, start=first.start + HOUR)
    assert refused.value.code == "vehicle_busy"
    assert str(first.vehicle) in str(refused.value.message)
    assert Occupancy.objects.filter(state="live").count() == 1


def test_second_car_of_the_same_renter_may_be_booked_for_the_same_time() -> None:
    first = make_hold()
    second = make_hold(renter=first.renter, vehicle=make_vehicle(first.renter), start=first.start)
    assert second.state == BookingState.HELD


def test_same_plate_may_be_booked_again_after_a_cancelled_booking() -> None:
    first = make_hold()
    bookings.abandon_hold(booking_id=first.pk, renter=first.renter)
    assert make_hold(renter=first.renter, vehicle=first.vehicle, start=first.start).state == BookingState.HELD


def test_car_of_somebody_else_or_taken_off_the_list_is_refused() -> None:
    renter = make_member()
    own = make_vehicle(renter)
    remove_vehicle(member=renter, vehicle=own)
    own.refresh_from_db()
    for vehicle in (make_vehicle(make_member()), own):
        with pytest.raises(InvalidInput) as refused:
            make_hold(renter=renter, vehicle=vehicle)
        assert "vehicle" in refused.value.fields
    assert not Booking.objects.exists()


def test_abandoned_hold_frees_the_spot_once() -> None:
    booking = make_hold()
    for _ in range(2):
        bookings.abandon_hold(booking_id=booking.pk, renter=booking.renter)
    booking.refresh_from_db()
    assert booking.state == BookingState.CANCELLED
    assert is_idle(booking.spot_id, booking.start, booking.end)
    assert booking.evidence.filter(kind="cancelled").count() == 1
    assert timeline.verify(booking)


def test_others_cannot_abandon_a_hold_nor_learn_of_it() -> None:
    booking = make_hold()
    for booking_id in (booking.pk, uuid.uuid4()):
        with pytest.raises(Http404):
            bookings.abandon_hold(booking_id=booking_id, renter=make_member())


def test_paid_booking_cannot_be_abandoned() -> None:
    booking = make_confirmed()
    with pytest.raises(Conflict) as refused:
        bookings.abandon_hold(booking_id=booking.pk, renter=booking.renter)
    assert refused.value.code == "already_paid"


def test_holds_expire_by_the_sweep_when_their_time_is_over() -> None:
    booking = make_hold()
    assert bookings.expire_holds() == 0
    later = timezone.now() + timedelta(minutes=10, seconds=1)
    assert [bookings.expire_holds(now=later) for _ in range(2)] == [1, 0]
    booking.refresh_from_db()
    assert booking.state == BookingState.EXPIRED
    assert is_idle(booking.spot_id, booking.start, booking.end)
    assert make_hold(booking.spot, start=booking.start).state == BookingState.HELD


def test_sweep_leaves_paid_bookings_alone() -> None:
    booking = make_confirmed()
    assert bookings.expire_holds(now=timezone.now() + HOUR) == 0
    booking.refresh_from_db()
    assert booking.state == BookingState.CONFIRMED


def test_hold_of_a_spot_that_something_else_occupies_is_taken() -> None:
    spot = make_offer()
    quote = token(spot)
    occupancy.owner_use(spot=spot, start=quarter(), end=quarter(60), by=spot.owner)
    with pytest.raises(Conflict) as refused:
        bookings.hold(booking_id=uuid7(), renter=make_member(), quote_token=quote)
    assert refused.value.code == "taken"
