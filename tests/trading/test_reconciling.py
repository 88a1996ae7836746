"""A booking whose money is not where its state says becomes a finding; all others do not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from finance.domain.ledger import account, post
from finance.signals import HeldOtherwise
from tests.trading.making import make_hold, pay_for
from trading.domain import cancelling, reconciling
from trading.models import Booking

pytestmark = pytest.mark.django_db


def strays() -> list[HeldOtherwise]:
    return reconciling.compare(begin=timezone.now() - timedelta(days=1))


def test_held_paid_and_cancelled_bookings_agree_with_the_ledger() -> None:
    make_hold()
    pay_for(make_hold())
    cancelled = make_hold(minutes=240)
    pay_for(cancelled)
    cancelling.cancel(booking_id=cancelled.pk, renter=cancelled.renter)
    assert strays() == []


def test_money_that_left_behind_a_bookings_back_is_found() -> None:
    booking = make_hold()
    pay_for(booking)
    escrow, revenue = account("escrow", "CNY"), account("revenue", "CNY")
    legs = [(escrow, 100), (revenue, -100)]
    post(kind="adjustment", reference="stray", currency="CNY", legs=legs, subject_id=booking.pk)
    price = booking.amount_minor
    assert strays() == [HeldOtherwise(booking.pk, "CNY", price - 100, price)]


def test_money_that_stayed_when_a_booking_ended_is_found() -> None:
    booking = make_hold()
    pay_for(booking)
    Booking.objects.filter(pk=booking.pk).update(state="completed")
    assert strays() == [HeldOtherwise(booking.pk, "CNY", booking.amount_minor, 0)]
