from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from finance.models import JournalEntry, Payment, Refund
from finance.signals import PaymentSucceeded, payment_succeeded
from hardware.models import Grant
from lots.models import Occupancy
from members.models import OutboxMessage
from tests.lots.making import make_member
from tests.trading.making import make_confirmed, make_hold, make_payment, make_vehicle, pay_for
from trading.domain import bookings, timeline
from trading.models import Booking, BookingState

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def expire(booking: Booking) -> None:
    assert bookings.expire_holds(now=timezone.now() + HOUR) == 1
    booking.refresh_from_db()


def kinds(booking: Booking) -> list[str]:
    return [line.kind for line in booking.evidence.all()]


def test_payment_confirms_the_booking_with_all_that_follows() -> None:
    booking = make_hold()
    pay_for(booking)
    assert booking.state == BookingState.CONFIRMED
    assert booking.confirmed_at is not None
    assert Occupancy.objects.get(pk=booking.occupancy_id).kind == "booking"
    grant = Grant.objects.get(subject_id=booking.pk)
    assert (grant.state, grant.plates, grant.spot) == ("active", [booking.vehicle.plate], booking.spot)
    assert grant.valid_until == booking.end + timedelta(minutes=15)
    assert kinds(booking) == ["held", "plate_set", "paid", "confirmed", "granted"]
    assert timeline.verify(booking)
    assert OutboxMessage.objects.filter(dedupe_key__startswith=f"booking:{booking.pk}:confirmed").count() == 2


def test_payment_told_twice_changes_nothing_the_second_time() -> None:
    booking = make_hold()
    payment = pay_for(booking)
    before = (kinds(booking), Grant.objects.get(subject_id=booking.pk).revision, OutboxMessage.objects.count())
    event = PaymentSucceeded(payment.pk, booking.pk, payment.amount_minor, "CNY", timezone.now())
    payment_succeeded.send(sender=Payment, event=event)
    assert (kinds(booking), Grant.objects.get(subject_id=booking.pk).revision, OutboxMessage.objects.count()) == before
    assert not Refund.objects.exists()


def test_payment_for_something_else_is_left_to_others() -> None:
    event = PaymentSucceeded(uuid.uuid4(), uuid.uuid4(), 100, "CNY", timezone.now())
    payment_succeeded.send(sender=Payment, event=event)
    assert not Booking.objects.exists()


def test_booking_without_a_plate_is_confirmed_and_granted_once_the_plate_is_there() -> None:
    booking = make_hold(renter=make_member())
    pay_for(booking)
    assert booking.state == BookingState.CONFIRMED
    assert not Grant.objects.exists()
    vehicle = make_vehicle(booking.renter)
    bookings.set_vehicle(booking_id=booking.pk, renter=booking.renter, vehicle=vehicle)
    assert Grant.objects.get(subject_id=booking.pk).plates == [vehicle.plate]


def test_late_payment_takes_the_spot_again_when_it_is_still_free() -> None:
    booking = make_hold()
    payment = make_payment(booking)
    expire(booking)
    first = booking.occupancy_id
    pay_for(booking, payment)
    assert booking.state == BookingState.CONFIRMED
    assert booking.occupancy_id != first
    assert Occupancy.objects.get(pk=booking.occupancy_id).state == "live"
    assert booking.ended_at is None
    assert Grant.objects.get(subject_id=booking.pk).state == "active"
    assert not Refund.objects.exists()


def test_late_payment_for_a_spot_that_is_gone_goes_back_in_full() -> None:
    booking = make_hold()
    payment = make_payment(booking)
    expire(booking)
    winner = make_confirmed(booking.spot, start=booking.start)
    pay_for(booking, payment)
    assert booking.state == BookingState.EXPIRED
    refund = Refund.objects.get()
    assert (refund.payment, refund.amount_minor) == (payment, booking.amount_minor)
    assert kinds(booking)[-2:] == ["paid", "refunded"]
    assert OutboxMessage.objects.filter(recipient=str(booking.renter.phone), body__contains="¥16.00").count() == 1
    winner.refresh_from_db()
    assert winner.state == BookingState.CONFIRMED


def test_late_payment_after_the_end_goes_back() -> None:
    booking = make_hold()
    payment = make_payment(booking)
    expire(booking)
    with time_machine.travel(booking.end + timedelta(minutes=1)):
        pay_for(booking, payment)
    assert booking.state == BookingState.EXPIRED
    assert Refund.objects.get().amount_minor == booking.amount_minor


def test_late_payment_while_the_car_is_booked_elsewhere_goes_back() -> None:
    booking = make_hold()
    payment = make_payment(booking)
    expire(booking)
    make_hold(renter=booking.renter, vehicle=booking.vehicle, start=booking.start)
    pay_for(booking, payment)
    assert booking.state == BookingState.EXPIRED
    assert Refund.objects.count() == 1


def test_payment_of_an_abandoned_hold_goes_back() -> None:
    booking = make_hold()
    payment = make_payment(booking)
    bookings.abandon_hold(booking_id=booking.pk, renter=booking.renter)
    pay_for(booking, payment)
    assert booking.state == BookingState.CANCELLED
    assert Refund.objects.get().amount_minor == booking.amount_minor


def test_second_payment_of_one_booking_goes_back_and_the_first_stands() -> None:
    booking = make_hold()
    first = pay_for(booking)
    second = pay_for(booking)
    assert booking.state == BookingState.CONFIRMED
    assert Refund.objects.get().payment == second
    assert JournalEntry.objects.filter(kind="charge").count() == 2
    assert first.pk != second.pk


@pytest.mark.parametrize("amount", [1, 1599, 1601])
def test_payment_of_another_amount_confirms_nothing_and_goes_back(amount: int) -> None:
    booking = make_hold()
    pay_for(booking, make_payment(booking, amount_minor=amount))
    assert booking.state == BookingState.HELD
    assert Refund.objects.get().amount_minor == amount


def test_early_entry_only_while_the_spot_is_idle_before() -> None:
    first = make_confirmed()
    second = make_confirmed(first.spot, start=first.end)
    assert Grant.objects.get(subject_id=second.pk).valid_from == second.start
    bookings.cancel(booking_id=first.pk, renter=first.renter)
    assert Grant.objects.get(subject_id=second.pk).valid_from == second.start - timedelta(minutes=15)


def test_booking_made_later_before_another_ends_its_early_entry() -> None:
    spot = make_confirmed().spot
    start = spot.bookings.get().start
    second = make_confirmed(spot, start=start + 6 * HOUR)
    assert Grant.objects.get(subject_id=second.pk).valid_from == second.start - timedelta(minutes=15)
    make_confirmed(spot, start=start + 4 * HOUR)
    assert Grant.objects.get(subject_id=second.pk).valid_from == second.start
