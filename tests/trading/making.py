"""Bookings for tests, made the way they are made in life: quote, hold, payment, events of the lot."""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from berth.kernel.ids import uuid7
from finance.domain.receipts import receive
from finance.models import Payment
from hardware.models import LotServer
from hardware.signals import LotEventPayload
from lots.models import Spot
from members.domain.vehicles import add_vehicle
from members.models import Member, Vehicle
from tests.lots.making import make_listing, make_lot, make_member, make_spot, quarter
from trading.domain import bookings
from trading.domain.quotes import make_quote
from trading.models import Booking

_numbers = itertools.count(10_001)


def make_offer(**lot_values: Any) -> Spot:
    """A spot that is idle all week at 8.00 an hour, in a lot with a lot server."""
    lot = make_lot(**lot_values)
    LotServer.objects.create(lot=lot, public_key="")
    spot = make_spot(lot)
    make_listing(spot)
    return spot


def make_vehicle(member: Member) -> Vehicle:
    return add_vehicle(member=member, plate=f"粤B{next(_numbers)}")


def make_hold(
    spot: Spot | None = None,
    *,
    renter: Member | None = None,
    vehicle: Vehicle | None = None,
    start: datetime | None = None,
    minutes: int = 120,
    booking_id: uuid.UUID | None = None,
) -> Booking:
    """A held booking from the next quarter of an hour on, with a plate unless ``renter`` is given without one."""
    if renter is None:
        renter = make_member(phone=f"+86138000{next(_numbers)}")
        vehicle = make_vehicle(renter)
    spot, start = spot or make_offer(), start or quarter()
    quote = make_quote(spot=spot, start=start, end=start + timedelta(minutes=minutes), member=renter)
    return bookings.hold(booking_id=booking_id or uuid7(), renter=renter, quote_token=quote.token, vehicle=vehicle)


def make_payment(booking: Booking, **values: Any) -> Payment:
    """An order at the provider for the booking's price, not paid yet."""
    given = {
        "provider": "sandbox",
        "payer": booking.renter,
        "subject_id": booking.pk,
        "title": "Parking",
        "amount_minor": booking.amount_minor,
        "currency": booking.currency,
        "expires_at": timezone.now() + timedelta(minutes=10),
    }
    return Payment.objects.create(**given | values)


def pay_for(booking: Booking, payment: Payment | None = None) -> Payment:
    """The provider has told us that the price was paid."""
    payment = payment or make_payment(booking)
    receive(payment_id=payment.pk, number=f"S{next(_numbers)}", paid_at=timezone.now())
    booking.refresh_from_db()
    return payment


def make_confirmed(spot: Spot | None = None, **values: Any) -> Booking:
    booking = make_hold(spot, **values)
    pay_for(booking)
    return booking


def lot_event(booking: Booking, kind: str, at: datetime, sequence: int, **payload: Any) -> LotEventPayload:
    """An event as hardware tells it."""
    return LotEventPayload(booking.lot.code, sequence, kind, at, booking.pk, payload)
