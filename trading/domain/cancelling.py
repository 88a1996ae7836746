"""The renter cancels before the start: the ladder decides what comes back, the spot is free again."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import Conflict
from berth.kernel.money import Money
from finance.domain import payments
from finance.models import Payment
from lots.domain import occupancy
from members.models import Member
from trading.domain import access, cancellation, holds, locking, messages, settling, states, timeline
from trading.models import Booking, BookingState, Evidence, Stay


def terms_of(booking: Booking, *, now: datetime | None = None) -> cancellation.Terms:
    """What cancelling this confirmed booking gives back now (or would have at ``now``)."""
    return cancellation.terms(
        amount_minor=booking.amount_minor,
        fee_minor=booking.service_fee_minor,
        start=booking.start,
        confirmed_at=booking.confirmed_at or booking.created_at,
        now=now or timezone.now(),
    )


def may_cancel(booking: Booking, *, now: datetime | None = None) -> bool:
    return booking.state == BookingState.CONFIRMED and (now or timezone.now()) < booking.start


def cancel(*, booking_id: uuid.UUID, renter: Member, expected_refund_minor: int | None = None) -> Booking:
    """Cancel a paid booking before its start; what the ladder keeps goes to the owner. Twice is once.

    ``expected_refund_minor`` is the sum that the renter was shown: raises Conflict ``terms_changed`` if it is another
    by now. Raises Conflict ``started`` once the time has begun or the car is in.
    """
    with transaction.atomic():
        booking = locking.lock_own(booking_id, renter_id=renter.pk, money=True)
        if booking.state == BookingState.CANCELLED:
            return booking
        if not may_cancel(booking) or Stay.objects.filter(booking=booking).exists():
            raise Conflict("started", _("This booking can no longer be cancelled: its time has begun or it is over."))
        terms = terms_of(booking)
        if expected_refund_minor is not None and expected_refund_minor != terms.refund_minor:
            raise Conflict("terms_changed", _("The refund has changed while you were reading. Look at it again."))
        _cancel(booking, terms)
    return booking


def _cancel(booking: Booking, terms: cancellation.Terms) -> None:
    now = timezone.now()
    states.change(booking, BookingState.CANCELLED, at=now)
    timeline.append(
        booking=booking,
        kind=Evidence.Kind.CANCELLED,
        occurred_at=now,
        payload={"by": "renter", "percent": terms.percent, "refund_minor": terms.refund_minor},
    )
    occupancy.release(occupancy_id=booking.occupancy_id)
    access.revoke(booking)
    access.refresh_follower(booking)
    _refund(booking, terms.refund_minor)
    settling.settle(booking, amount_minor=booking.amount_minor - terms.refund_minor, fee_minor=terms.kept_fee_minor)
    messages.cancelled(booking, Money(terms.refund_minor, booking.currency))
    holds.publish(booking)


def _refund(booking: Booking, amount_minor: int) -> None:
    if not amount_minor:
        return
    payments.refund(
        payment=confirming_payment(booking),
        reference=f"refund:{booking.pk}:cancelled",
        amount_minor=amount_minor,
        reason="cancelled by the renter",
    )
    timeline.append(
        booking=booking,
        kind=Evidence.Kind.REFUNDED,
        occurred_at=timezone.now(),
        source="cancellation",
        payload={"amount_minor": amount_minor, "currency": booking.currency, "why": "cancelled by the renter"},
    )


def confirming_payment(booking: Booking) -> Payment:
    """The payment that confirmed the booking: the one on its timeline that was not paid back."""
    lines = Evidence.objects.filter(booking=booking, kind__in=[Evidence.Kind.PAID, Evidence.Kind.REFUNDED])
    returned = {line.source for line in lines if line.kind == Evidence.Kind.REFUNDED}
    source = next(line.source for line in lines if line.kind == Evidence.Kind.PAID and line.source not in returned)
    return Payment.objects.get(pk=source.removeprefix("payment:"))
