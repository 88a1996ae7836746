"""A payment has come: the booking is confirmed, or the money goes back. Nothing in between, nothing twice."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from berth.kernel.ids import uuid7
from berth.kernel.money import Money
from finance.domain import payments
from finance.models import Payment
from finance.signals import PaymentSucceeded
from lots.domain import occupancy, seizing
from lots.models import Occupancy
from trading.domain import access, holds, locking, messages, states, timeline
from trading.models import Booking, BookingState, Evidence


def confirm_paid(event: PaymentSucceeded) -> None:
    """Take note of a payment, in finance's transaction. A repeat of the payment changes nothing.

    In time: confirmed. After the hold ended: the spot is taken again if it is still free. In every other case (too
    late, paid twice, cancelled meanwhile, another amount) the payment goes back in full.
    """
    with transaction.atomic():
        try:
            booking = locking.lock(event.subject_id)
        except Booking.DoesNotExist:
            return  # a payment for something else than a booking
        source = f"payment:{event.payment_id}"
        if timeline.recorded(booking=booking, kind=Evidence.Kind.PAID, source=source):
            return
        timeline.append(
            booking=booking,
            kind=Evidence.Kind.PAID,
            occurred_at=max(event.paid_at, booking.created_at),  # providers tell whole seconds, by a clock of their own
            source=source,
            payload={"amount_minor": event.amount_minor, "currency": event.currency},
        )
        price = Money(booking.amount_minor, booking.currency)
        if Money(event.amount_minor, event.currency) == price and _has_spot(booking):
            _confirm(booking)
        else:
            _pay_back(booking, event)
        holds.publish(booking)


def _has_spot(booking: Booking) -> bool:
    """Whether the spot is the booking's: by its hold, or taken again after the hold has ended."""
    if booking.state == BookingState.HELD:
        return occupancy.turn_hold_into_booking(occupancy_id=booking.occupancy_id)
    if booking.state != BookingState.EXPIRED or booking.end <= timezone.now():
        return False
    if _vehicle_is_busy(booking):
        return False
    occupancy_id = uuid7()
    if not seizing.seize(
        occupancy_id=occupancy_id,
        spot_id=booking.spot_id,
        start=booking.start,
        end=booking.end,
        kind=Occupancy.Kind.BOOKING,
        expires_at=None,
    ):
        return False
    booking.occupancy_id = occupancy_id
    booking.save(update_fields=["occupancy"])
    return True


def _vehicle_is_busy(booking: Booking) -> bool:
    """The renter booked something else for the car after this hold had ended."""
    if booking.vehicle is None:
        return False
    others = Booking.objects.filter(vehicle=booking.vehicle, state__in=BookingState.occupying())
    return others.filter(start__lt=booking.end, end__gt=booking.start).exclude(pk=booking.pk).exists()


def _confirm(booking: Booking) -> None:
    now = timezone.now()
    states.change(booking, BookingState.CONFIRMED, at=now)
    timeline.append(booking=booking, kind=Evidence.Kind.CONFIRMED, occurred_at=now)
    access.give(booking)
    access.refresh_follower(booking)
    messages.confirmed(booking)


def _pay_back(booking: Booking, event: PaymentSucceeded) -> None:
    payments.refund(
        payment=Payment.objects.get(pk=event.payment_id),
        reference=f"refund:{booking.pk}:late:{event.payment_id}",
        amount_minor=event.amount_minor,
        reason="payment without a spot",
    )
    timeline.append(
        booking=booking,
        kind=Evidence.Kind.REFUNDED,
        occurred_at=timezone.now(),
        source=f"payment:{event.payment_id}",
        payload={"amount_minor": event.amount_minor, "currency": event.currency, "why": "payment without a spot"},
    )
    messages.paid_back(booking, Money(event.amount_minor, event.currency), key=str(event.payment_id))
