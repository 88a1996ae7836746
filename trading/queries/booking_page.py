"""The live page of a booking, gathered with a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from berth.kernel.money import Money
from finance.models import Payment, Refund
from hardware.models import Controller, LockCommand, SpotLock
from lots.models import Gate
from trading.domain import bookings, phone_key
from trading.domain.cancellation import Terms
from trading.models import Booking, BookingState, Evidence
from trading.queries.events import Event, events_of
from trading.queries.next_step import Situation, Step, next_step, way_names
from trading.queries.plans import plan_to_bay

Position = SpotLock.Position
_LAMPS = {
    Position.LOWERED: "green",
    Position.MOVING: "amber",
    Position.JAMMED: "red",
    Position.OFFLINE: "red",
}
PLAN_STATES = frozenset({BookingState.CONFIRMED, BookingState.ACTIVE})


@dataclass(frozen=True, slots=True)
class Lamp:
    state: str
    text: str
    working: bool


@dataclass(frozen=True, slots=True)
class BookingPage:
    booking: Booking
    step: Step
    way: list[str]
    events: list[Event]
    lamp: Lamp | None
    plan: dict[str, Any] | None
    terms: Terms | None
    payment: Payment | None
    refunds: list[Refund]
    hold_ends: Any
    may_change_plate: bool
    may_open: bool
    """Whether the lock opens by phone now."""
    opening: LockCommand | None
    """The last time that it was told to."""

    @property
    def amount(self) -> Money:
        return Money(self.booking.amount_minor, self.booking.currency)


def booking_page(booking: Booking) -> BookingPage:
    """``booking`` comes from queries.visible with its relations. At most eight queries more."""
    now = timezone.now()
    lines = list(Evidence.objects.filter(booking=booking).order_by("position"))
    gates = list(Gate.objects.filter(lot=booking.lot))
    entry = next((gate for gate in gates if gate.direction == Gate.Direction.ENTRY), None)
    lock = SpotLock.objects.select_related("controller").filter(spot=booking.spot).first()
    controller: Controller | None = lock.controller if lock else None
    hold_ends = booking.occupancy.expires_at if booking.state == BookingState.HELD else None
    payments = list(Payment.objects.filter(subject_id=booking.pk).order_by("created_at").prefetch_related("refunds"))
    return BookingPage(
        booking=booking,
        step=next_step(Situation(booking, lines, entry, controller, now, hold_ends)),
        way=way_names(),
        events=events_of(lines, gates),
        lamp=_lamp(lock) if booking.state in PLAN_STATES else None,
        plan=plan_to_bay(booking, gates, controller) if booking.state in PLAN_STATES else None,
        terms=bookings.terms_of(booking, now=now) if bookings.may_cancel(booking, now=now) else None,
        payment=next((p for p in payments if p.state == Payment.State.SUCCEEDED), None),
        refunds=[refund for payment in payments for refund in payment.refunds.all()],
        hold_ends=hold_ends,
        may_change_plate=booking.state in (BookingState.HELD, BookingState.CONFIRMED),
        may_open=phone_key.may_open(booking, lock),
        opening=phone_key.last_order(booking) if booking.state == BookingState.ACTIVE else None,
    )


def _lamp(lock: SpotLock | None) -> Lamp | None:
    """The lock as its twin last acknowledged it."""
    if lock is None:
        return None
    words = {
        Position.LOWERED: _("Lock open"),
        Position.RAISED: _("Lock closed"),
        Position.MOVING: _("Lock is moving"),
        Position.JAMMED: _("Lock is stuck"),
        Position.OFFLINE: _("Lock does not answer"),
        Position.UNKNOWN: _("Lock state not known yet"),
    }
    position = Position(lock.acknowledged)
    return Lamp(_LAMPS.get(position, "grey"), str(words[position]), position == Position.MOVING)
