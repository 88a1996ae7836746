"""Holding a spot while its price is paid, and letting it go."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel import live
from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from finance.domain import payments
from lots import queries as lot_queries
from lots.domain import occupancy
from lots.models import Occupancy
from members.models import Member, Vehicle
from trading.domain import locking, states, timeline
from trading.domain.quotes import Quote, open_quote
from trading.models import Booking, BookingState, Evidence


def hold(*, booking_id: uuid.UUID, renter: Member, quote_token: str, vehicle: Vehicle | None = None) -> Booking:
    """Hold the quoted spot and time for the renter until paid for, ``Lot.hold_minutes`` at most.

    ``booking_id`` is made by the client: the same request again returns the same booking and changes nothing. One
    ``INSERT … ON CONFLICT DO NOTHING`` decides between rivals (docs/adr/0005). Raises Conflict ``taken`` to all but
    one.
    """
    if mine := _already(booking_id, renter):
        return mine
    quote = open_quote(quote_token)
    check_vehicle(renter, vehicle)
    if quote.listing.owner_id == renter.pk:
        raise NotAllowed("own_spot", _("This is your own spot: it cannot be booked by yourself."))
    try:
        with transaction.atomic():
            return _hold(booking_id, renter, quote, vehicle)
    except Conflict:
        # The same request may have won a moment ago on another connection: then it is no refusal but a repeat.
        if mine := _already(booking_id, renter):
            return mine
        raise


def _hold(booking_id: uuid.UUID, renter: Member, quote: Quote, vehicle: Vehicle | None) -> Booking:
    spot, start, end = quote.spot, quote.start, quote.end
    now = timezone.now()
    expires_at = now + timedelta(minutes=spot.lot.hold_minutes)
    if not lot_queries.is_idle(spot.pk, start, end) or not occupancy.take(
        occupancy_id=booking_id,
        spot_id=spot.pk,
        start=start,
        end=end,
        kind=Occupancy.Kind.HOLD,
        expires_at=expires_at,
    ):
        raise taken()
    if mine := _already(booking_id, renter):  # the same request was ahead on another connection
        return mine
    booking = _insert(booking_id, renter, quote, vehicle)
    timeline.append(
        booking=booking,
        kind=Evidence.Kind.HELD,
        occurred_at=now,
        payload={"spot": spot.code, "amount_minor": booking.amount_minor, "currency": booking.currency},
    )
    if vehicle is not None:
        timeline.append(
            booking=booking, kind=Evidence.Kind.PLATE_SET, occurred_at=now, payload={"plate": vehicle.plate}
        )
    publish(booking)
    return booking


def _insert(booking_id: uuid.UUID, renter: Member, quote: Quote, vehicle: Vehicle | None) -> Booking:
    booking = Booking(
        id=booking_id,
        renter=renter,
        lot=quote.spot.lot,
        spot=quote.spot,
        listing=quote.listing,
        occupancy_id=booking_id,
        vehicle=vehicle,
        start=quote.start,
        end=quote.end,
        quote_lines=quote.lines_as_json,
        amount_minor=quote.amount.minor,
        service_fee_minor=quote.fee_minor,
        currency=quote.amount.currency,
    )
    # DO NOTHING rather than an error: rivals for one vehicle's time would otherwise deadlock now and then.
    Booking.objects.bulk_create([booking], ignore_conflicts=True)
    stored = Booking.objects.filter(pk=booking_id).first()
    if stored is None:
        raise vehicle_busy(vehicle)
    if stored.renter_id != renter.pk:
        raise _foreign_id()
    return stored


def abandon_hold(*, booking_id: uuid.UUID, renter: Member) -> Booking:
    """The renter lets an unpaid hold go. Twice is once. Raises Conflict where it is paid already."""
    with transaction.atomic():
        booking = locking.lock_own(booking_id, renter_id=renter.pk)
        if booking.state in (BookingState.CANCELLED, BookingState.EXPIRED):
            return booking
        if booking.state != BookingState.HELD:
            raise Conflict("already_paid", _("This booking is paid. You can cancel it on its page."))
        _let_go(booking, BookingState.CANCELLED, Evidence.Kind.CANCELLED, {"by": "renter", "refund_minor": 0})
    return booking


def expire_holds(*, now: datetime | None = None, limit: int = 500) -> int:
    """Free the spots of holds whose time is over; returns how many. Safe at any time, in several workers at once."""
    due = Booking.objects.filter(state=BookingState.HELD, occupancy__expires_at__lte=now or timezone.now())
    return sum(_expire(booking_id, now) for booking_id in due.order_by("pk").values_list("pk", flat=True)[:limit])


def _expire(booking_id: uuid.UUID, now: datetime | None) -> bool:
    with transaction.atomic():
        booking = locking.lock(booking_id)
        ends = booking.occupancy.expires_at
        if booking.state != BookingState.HELD or ends is None or ends > (now or timezone.now()):
            return False
        _let_go(booking, BookingState.EXPIRED, Evidence.Kind.EXPIRED, {})
    return True


def _let_go(booking: Booking, to: BookingState, kind: Evidence.Kind, payload: dict[str, str | int]) -> None:
    now = timezone.now()
    states.change(booking, to, at=now)
    occupancy.release(occupancy_id=booking.occupancy_id)
    timeline.append(booking=booking, kind=kind, occurred_at=now, payload=payload)
    publish(booking)
    payments.close_payment(subject_id=booking.pk)  # what is paid all the same is paid back


def check_vehicle(renter: Member, vehicle: Vehicle | None) -> None:
    """Only a car of one's own list may be named."""
    if vehicle is not None and (vehicle.member_id != renter.pk or vehicle.removed_at is not None):
        message = _("This vehicle is not in your list. Choose another one or add its plate.")
        raise InvalidInput("not_your_vehicle", message, fields={"vehicle": message})


def vehicle_busy(vehicle: Vehicle | None) -> Conflict:
    message = _("You have a booking at this time with the plate %(plate)s already. Choose another time or car.") % {
        "plate": vehicle or ""
    }
    return Conflict("vehicle_busy", message, fields={"vehicle": message})


def taken() -> Conflict:
    return Conflict(
        "taken", _("Somebody was a moment faster: this spot is no longer free at that time. You have paid nothing.")
    )


def publish(booking: Booking) -> None:
    """Tell the renter's open pages, after commit."""
    live.publish(f"booking.{booking.pk}", f"member.{booking.renter_id}")


def _already(booking_id: uuid.UUID, renter: Member) -> Booking | None:
    booking = Booking.objects.filter(pk=booking_id).first()
    if booking is not None and booking.renter_id != renter.pk:
        raise _foreign_id()
    return booking


def _foreign_id() -> Conflict:
    return Conflict("id_in_use", _("This booking number is in use. Start the booking again."))
