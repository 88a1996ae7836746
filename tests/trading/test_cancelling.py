from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.http import Http404
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from berth.kernel.errors import Conflict
from finance.models import JournalEntry, Payment, Refund
from hardware.models import Grant
from lots.queries import is_idle
from members.models import OutboxMessage
from tests.lots.making import make_member, quarter
from tests.trading.making import lot_event, make_confirmed, make_hold, make_offer, pay_for
from trading.domain import bookings, cancellation
from trading.models import Booking, BookingState

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=1)


def cancelled_before(booking: Booking, left: timedelta) -> Booking:
    with time_machine.travel(booking.start - left, tick=False):
        bookings.cancel(booking_id=booking.pk, renter=booking.renter)
    booking.refresh_from_db()
    return booking


def far_booking() -> Booking:
    return make_confirmed(make_offer(service_fee_bp=500), start=quarter(72 * 60))


@pytest.mark.parametrize(
    ("left", "percent"),
    [
        (timedelta(hours=48), 100),
        (timedelta(hours=47, minutes=59), 75),
        (timedelta(hours=24), 75),
        (timedelta(hours=23, minutes=59), 50),
        (timedelta(minutes=1), 50),
    ],
)
def test_ladder_decides_what_comes_back_and_the_rest_is_shared(left: timedelta, percent: int) -> None:
    booking = cancelled_before(far_booking(), left)
    assert booking.state == BookingState.CANCELLED
    assert Refund.objects.get().amount_minor == 1680 * percent // 100
    settled = JournalEntry.objects.filter(kind="settlement")
    kept = 1680 - 1680 * percent // 100
    assert [leg.amount_minor for entry in settled for leg in entry.legs.filter(account__kind="escrow")] == (
        [kept] if kept else []
    )
    fees = [leg.amount_minor for entry in settled for leg in entry.legs.filter(account__kind="fees")]
    assert fees == ([-80 + 80 * percent // 100] if kept else [])


def test_mistake_within_a_quarter_of_an_hour_costs_nothing() -> None:
    booking = make_confirmed()
    bookings.cancel(booking_id=booking.pk, renter=booking.renter)
    assert Refund.objects.get().amount_minor == booking.amount_minor
    assert not JournalEntry.objects.filter(kind="settlement").exists()


def test_cancelling_frees_the_spot_revokes_the_grant_and_tells_both() -> None:
    booking = make_confirmed()
    bookings.cancel(booking_id=booking.pk, renter=booking.renter)
    assert is_idle(booking.spot_id, booking.start, booking.end)
    assert Grant.objects.get(subject_id=booking.pk).state == "revoked"
    assert OutboxMessage.objects.filter(dedupe_key__contains=f"{booking.pk}:cancelled").count() == 2


def test_cancelling_twice_pays_back_once() -> None:
    booking = make_confirmed()
    for _ in range(2):
        bookings.cancel(booking_id=booking.pk, renter=booking.renter)
    assert Refund.objects.count() == 1


def test_sum_that_was_shown_is_the_sum_that_comes_back_or_nothing_happens() -> None:
    booking = far_booking()
    with pytest.raises(Conflict) as refused:
        bookings.cancel(booking_id=booking.pk, renter=booking.renter, expected_refund_minor=1)
    assert refused.value.code == "terms_changed"
    booking.refresh_from_db()
    assert booking.state == BookingState.CONFIRMED
    bookings.cancel(booking_id=booking.pk, renter=booking.renter, expected_refund_minor=1680)
    assert Refund.objects.get().amount_minor == 1680


def test_started_booking_cannot_be_cancelled() -> None:
    booking = make_confirmed()
    with time_machine.travel(booking.start), pytest.raises(Conflict) as refused:
        bookings.cancel(booking_id=booking.pk, renter=booking.renter)
    assert refused.value.code == "started"


def test_booking_cannot_be_cancelled_once_the_car_came_early() -> None:
    booking = make_confirmed()
    at = booking.start - timedelta(minutes=5)
    bookings.take_lot_event(lot_event(booking, "vehicle_entered", at, 1, plate=booking.vehicle.plate))
    with pytest.raises(Conflict):
        bookings.cancel(booking_id=booking.pk, renter=booking.renter)
    assert not Refund.objects.exists()


@pytest.mark.parametrize("who", ["owner", "stranger"])
def test_only_the_renter_cancels(who: str) -> None:
    booking = make_confirmed()
    other = booking.listing.owner if who == "owner" else make_member()
    with pytest.raises(Http404):
        bookings.cancel(booking_id=booking.pk, renter=other)
    booking.refresh_from_db()
    assert booking.state == BookingState.CONFIRMED


def test_refund_is_of_the_payment_that_confirmed_not_of_one_that_went_back() -> None:
    booking = make_hold()
    first = pay_for(booking)
    pay_for(booking)
    bookings.cancel(booking_id=booking.pk, renter=booking.renter)
    refunded = {refund.payment_id: refund.amount_minor for refund in Refund.objects.all()}
    assert refunded[first.pk] == booking.amount_minor
    assert len(refunded) == 2
    assert Payment.objects.filter(state="succeeded").count() == 2


START = datetime(2026, 12, 1, 9, tzinfo=timezone.get_default_timezone())


@given(
    amount=st.integers(1, 10**9),
    fee=st.integers(0, 10**6),
    left=st.timedeltas(timedelta(days=-3), timedelta(days=10)),
    age=st.timedeltas(timedelta(0), timedelta(days=10)),
)
def test_terms_share_every_cent_between_refund_and_rest(amount: int, fee: int, left: timedelta, age: timedelta) -> None:
    fee = min(fee, amount)
    now = START - left
    terms = cancellation.terms(amount_minor=amount, fee_minor=fee, start=START, confirmed_at=now - age, now=now)
    assert 0 <= terms.refund_minor <= amount
    assert 0 <= terms.kept_fee_minor <= fee
    assert terms.kept_fee_minor <= amount - terms.refund_minor
    assert terms.in_grace == (left > timedelta(0) and age < timedelta(minutes=15))
    if left <= timedelta(0):
        assert terms.refund_minor == 0
