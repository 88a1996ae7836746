"""What the renter does next: one thing at a time, from the booking's state and its evidence. No queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from berth.design.time_words import moment_words
from hardware.models import Controller
from lots.models import Gate
from trading.models import Booking, BookingState, Evidence

Kind = Evidence.Kind


@dataclass(frozen=True, slots=True)
class Step:
    """``key`` names the step; ``text`` says what to do, ``more`` what else to know. ``position`` on the way of five."""

    key: str
    icon: str
    text: str
    more: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True)
class Situation:
    """All that decides the step."""

    booking: Booking
    lines: Sequence[Evidence]
    gate: Gate | None
    controller: Controller | None
    now: datetime
    hold_ends: datetime | None = None

    def has(self, kind: Evidence.Kind) -> bool:
        return any(line.kind == kind for line in self.lines)

    def last(self, *kinds: Evidence.Kind) -> str | None:
        """Which of these kinds happened last."""
        told = [line for line in self.lines if line.kind in kinds]
        return max(told, key=lambda line: line.occurred_at).kind if told else None


WAY = (Kind.PAID, Kind.PLATE_SET, Kind.CARD_ISSUED, Kind.LOCK_OPENED, Kind.LEFT)


def next_step(situation: Situation) -> Step:
    """The one thing to do, or what has become of the booking."""
    return _BY_STATE[BookingState(situation.booking.state)](situation)


def way_names() -> list[str]:
    """The five stations of a booking, for the stepper."""
    return [_("Pay"), _("Plate"), _("Gate"), _("Park"), _("Leave")]


def _held(s: Situation) -> Step:
    until = moment_words(s.hold_ends, s.booking.lot.zone) if s.hold_ends else ""
    more = _("The spot is held for you until %(time)s.") % {"time": until} if until else ""
    return Step("pay", "wallet", _("Pay to make the spot yours"), more, 1)


def _confirmed(s: Situation) -> Step:
    booking, zone = s.booking, s.booking.lot.zone
    if booking.vehicle is None:
        return Step("plate", "plate", _("Add your plate"), _("The camera at the gate knows your car by it."), 2)
    if s.has(Kind.CARD_ISSUED):
        return Step("card", "card", _("Take the card at the gate"), _("The barrier opens when you have it."), 3)
    gate = s.gate.name if s.gate else booking.lot.name
    text = _("Drive to gate: %(gate)s") % {"gate": gate}
    if s.now < booking.start - timedelta(minutes=booking.lot.early_entry_minutes):
        return Step("wait", "calendar", text, _("From %(time)s.") % {"time": moment_words(booking.start, zone)}, 3)
    return Step("drive", "gate", text, _("The camera reads your plate, the machine hands you a card."), 3)


def _active(s: Situation) -> Step:
    last = s.last(Kind.LOCK_OPENED, Kind.LOCK_FAILED, Kind.SWIPED, Kind.EMERGENCY, Kind.HELP_RESOLVED)
    if last == Kind.LOCK_OPENED:
        return _leave(s)
    where = _controller(s)
    if s.has(Kind.EMERGENCY) and last in (Kind.EMERGENCY, Kind.LOCK_FAILED):
        return Step("help", "emergency", _("Security is on the way to you"), _("Stay where you are."), 4)
    if last == Kind.LOCK_FAILED:
        return Step("help", "alert", _("The lock did not open"), _("Press the red button at %(where)s.") % where, 4)
    text = _("Swipe your card at %(where)s") % where
    return Step("swipe", "swipe", text, _("The lock of %(spot)s then goes down.") % {"spot": s.booking.spot.code}, 4)


def _leave(s: Situation) -> Step:
    booking = s.booking
    time = {"time": moment_words(booking.end, booking.lot.zone)}
    if s.now > booking.end:
        return Step("late", "clock", _("Please leave now"), _("Your time was over %(time)s.") % time, 5)
    more = _("At the exit the machine takes the card back; the barrier opens by your plate.")
    return Step("leave", "clock", _("Leave by %(time)s") % time, more, 5)


def _controller(s: Situation) -> dict[str, str]:
    if s.controller is None:
        return {"where": _("the controller next to your bay")}
    name = _("controller %(code)s") % {"code": s.controller.code}
    sign = {"name": name, "sign": s.controller.label}
    return {"where": _("%(name)s (%(sign)s)") % sign if s.controller.label else name}


def _completed(s: Situation) -> Step:
    return Step("done", "check", _("Done. Drive safely!"), _("Your receipt is below."), 6)


def _expired(s: Situation) -> Step:
    if s.has(Kind.REFUNDED):
        more = _("Your payment came after the spot was gone. It goes back to you in full.")
        return Step("expired", "info", _("This booking has expired"), more)
    return Step("expired", "info", _("This booking has expired"), _("It was not paid in time. You have paid nothing."))


def _cancelled(s: Situation) -> Step:
    back = s.has(Kind.REFUNDED)
    more = _("Your refund is on its way to where the payment came from.") if back else ""
    return Step("cancelled", "x", _("This booking is cancelled"), more)


def _no_show(s: Situation) -> Step:
    return Step("no_show", "info", _("The time is over"), _("Your car did not come. We kept the spot to the end."))


_BY_STATE = {
    BookingState.HELD: _held,
    BookingState.CONFIRMED: _confirmed,
    BookingState.ACTIVE: _active,
    BookingState.COMPLETED: _completed,
    BookingState.EXPIRED: _expired,
    BookingState.CANCELLED: _cancelled,
    BookingState.NO_SHOW: _no_show,
}
