"""The price leaves escrow on evidence: of use, of a no-show, or of a cancellation that kept a part (leap 5)."""

from __future__ import annotations

from django.utils import timezone

from berth.kernel.money import Money
from finance.domain import settlement
from trading.domain import timeline
from trading.models import Booking, Evidence


def settle(booking: Booking, *, amount_minor: int, fee_minor: int) -> None:
    """Share ``amount_minor`` (the service fee in it included) among owner, lot and platform; once per booking."""
    if not amount_minor or timeline.recorded(booking=booking, kind=Evidence.Kind.SETTLED, source="settlement"):
        return
    settlement.settle(
        subject_id=booking.pk,
        lot=booking.lot,
        owner=booking.listing.owner,
        amount=Money(amount_minor, booking.currency),
        fee_minor=fee_minor,
        memo=_memo(booking),
    )
    timeline.append(
        booking=booking,
        kind=Evidence.Kind.SETTLED,
        occurred_at=timezone.now(),
        source="settlement",
        payload={"amount_minor": amount_minor, "fee_minor": fee_minor, "currency": booking.currency},
    )


def settle_in_full(booking: Booking) -> None:
    settle(booking, amount_minor=booking.amount_minor, fee_minor=booking.service_fee_minor)


def _memo(booking: Booking) -> str:
    """What the owner reads in the earnings list, in either language: 'K7M2Q9TX · A-12 · 2026-11-23 08:30–12:00'."""
    start, end = booking.start.astimezone(booking.lot.zone), booking.end.astimezone(booking.lot.zone)
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{booking.reference} · {booking.spot.code} · {start:%Y-%m-%d %H:%M}–{until}"
