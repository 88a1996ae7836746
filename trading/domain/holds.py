"""Holding a spot while its price is paid, and letting it go."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel import live
from berth.kernel.errors import Conflict, DomainError, InvalidInput, NotAllowed
from berth.kernel.money import Money
from berth.kernel.rows import insert_unless_conflict
from finance.domain import payments
from lots.domain import occupancy, seizing
from lots.models import Occupancy
from members.models import Member, Vehicle
from trading.domain import locking, states, timeline
from trading.domain.lot_quotes import wish_of
from trading.domain.quotes import Quote, opened, period_of, quote_at, read_token
from trading.models import Booking, BookingState, Evidence

_HOLD = Occupancy.Kind.HOLD


def hold(*, booking_id: uuid.UUID, renter: Member, quote_token: str, vehicle: Vehicle | None = None) -> Booking:
    """Hold the quoted spot (or any of the quoted lot) and time for the renter until paid for.

    ``booking_id`` is made by the client: the same request again returns the same booking and changes nothing. One
    ``INSERT … ON CONFLICT DO NOTHING`` decides between rivals (docs/adr/0005). Raises Conflict ``taken`` to all but
    one. Four statements where it succeeds, however many rivals there are.
    """
    try:
        with transaction.atomic():
            return _hold(booking_id, renter, quote_token, vehicle)
    except DomainError:
        # Refused because the same request was ahead, a moment or an hour ago? Then it is no refusal but a repeat.
        if mine := _already(booking_id, renter):
            return mine
        raise


def _hold(booking_id: uuid.UUID, renter: Member, token: str, vehicle: Vehicle | None) -> Booking:
    said = read_token(token)
    check_vehicle(renter, vehicle)
    now = timezone.now()
    quote = _take(booking_id, renter, said, token, now)
    if quote.listing.owner_id == renter.pk:
        raise NotAllowed("own_spot", _("This is your own spot: it cannot be booked by yourself."))
    booking = _insert(booking_id, renter, quote, vehicle)
    facts = {"spot": quote.spot.code, "amount_minor": booking.amount_minor, "currency": booking.currency}
    lines: list[tuple[Evidence.Kind, dict[str, Any]]] = [(Evidence.Kind.HELD, facts)]
    if vehicle is not None:
        lines.append((Evidence.Kind.PLATE_SET, {"plate": vehicle.plate}))
    timeline.begin(booking=booking, occurred_at=now, lines=lines)
    publish(booking)
    return booking


def _take(booking_id: uuid.UUID, renter: Member, said: dict[str, Any], token: str, now: datetime) -> Quote:
    """The spot first, then what it costs: a rival who is late is told so by the first statement."""
    start, end = period_of(said)
    expires_at = now + timedelta(minutes=said["hold"])
    if "lot" not in said:
        won = seizing.seize(
            occupancy_id=booking_id, spot_id=said["spot"], start=start, end=end, kind=_HOLD, expires_at=expires_at
        )
        if not won:
            raise taken()
        return opened(said, token)
    wish = wish_of(said, renter)
    spot_id = seizing.seize_any(
        occupancy_id=booking_id, wish=wish, start=start, end=end, kind=_HOLD, expires_at=expires_at
    )
    if spot_id is None:
        raise taken()
    return quote_at(spot_id=spot_id, start=start, end=end, most=Money(said["amount"], said["currency"]))


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
    if not insert_unless_conflict(booking):
        raise vehicle_busy(vehicle)
    return booking


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
