"""Some weeks of bookings, stays and money, lived through the domain in the order of time."""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from berth.seed.clock import clock_at
from berth.seed.stay_events import stay_events
from berth.seed.visits import ABANDONED, PARKED, UNUSED, VISITS, ZONE, Visit
from finance.domain.receipts import receive
from finance.models import Payment
from hardware.models import LotEvent
from hardware.signals import lot_event
from lots.domain import idle_time
from lots.models import Listing, Spot
from members.models import Member, OutboxMessage
from trading.domain import bookings
from trading.domain.quotes import make_quote
from trading.models import Booking

Step = tuple[datetime, Callable[[], None]]
NUMBER_MARK = "SEED"
"""Begins the provider's number of a payment of the past."""
LEAD = timedelta(hours=26)
"""Booked this long before the start, or a little before now for what is still to come."""


def make_history(people: dict[str, Member]) -> None:
    """All of it or nothing, and only where nobody has booked anything yet."""
    if Booking.objects.exists():
        return
    visits = list(_planned(VISITS))
    steps = sorted((step for visit in visits for step in _steps(visit, people)), key=itemgetter(0))
    with transaction.atomic():
        for moment, act in steps:
            with clock_at(moment):
                act()
        idle_time.rebuild_many({planned.spot.pk for planned in visits})
        OutboxMessage.objects.filter(dedupe_key__startswith="booking:", sent_at=None).update(
            sent_at=F("created_at"), attempts=1
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """A visit with its real spot and time."""

    visit: Visit
    spot: Spot
    start: datetime
    end: datetime


def _planned(visits: Sequence[Visit]) -> Iterator[Planned]:
    """Each on the first day, away from today, on which its spot is offered and neither spot nor renter is busy."""
    busy: dict[object, list[tuple[datetime, datetime]]] = defaultdict(list)
    today = timezone.now().astimezone(ZONE).date()
    for visit in visits:
        spot = Spot.objects.select_related("lot", "owner").get(lot__code=visit.lot, code=visit.bay)
        listing = Listing.objects.select_related("spot__lot").get(spot=spot, state=Listing.State.PUBLISHED)
        engaged = busy[spot.pk], busy[visit.renter]
        for shift in range(15):
            start, end = visit.period(today, shift)
            is_free = not any(start < other_end and other < end for times in engaged for other, other_end in times)
            if is_free and (start, end) in idle_time.derive(listing, start, end):
                break
        else:
            raise LookupError(f"{spot} is never offered {visit.start} for {visit.hours} h: mend berth.seed.visits")
        for times in engaged:
            times.append((start, end))
        yield Planned(visit, spot, start, end)


def _steps(planned: Planned, people: dict[str, Member]) -> Iterator[Step]:
    """What happens when, for one visit."""
    visit, spot, start, end = planned.visit, planned.spot, planned.start, planned.end
    booked_at = min(start - LEAD, timezone.now() - timedelta(minutes=40))
    booking_id = _uuid7_at(booked_at, f"booking:{visit}")
    renter = people[visit.renter]
    yield booked_at, lambda: _hold(booking_id, spot, renter, start, end)
    if visit.outcome == ABANDONED:
        yield booked_at + timedelta(minutes=4), lambda: _abandon(booking_id, renter)
        return
    yield booked_at + timedelta(minutes=2), lambda: _pay(booking_id, booked_at)
    if visit.outcome == UNUSED:
        yield end + timedelta(minutes=1), lambda: _end_unused()
    if visit.outcome == PARKED:
        entered, left = start + timedelta(minutes=visit.late), end - timedelta(minutes=visit.early)
        for event in stay_events(spot, booking_id, renter, entered, left):
            yield event.occurred_at, lambda event=event: _tell(event)  # type: ignore[misc]


def _hold(booking_id: uuid.UUID, spot: Spot, renter: Member, start: datetime, end: datetime) -> None:
    idle_time.rebuild(spot.pk)
    quote = make_quote(spot=spot, start=start, end=end, member=renter)
    vehicle = renter.vehicles.filter(removed_at=None).order_by("pk").first()
    bookings.hold(booking_id=booking_id, renter=renter, quote_token=quote.token, vehicle=vehicle)


def _pay(booking_id: uuid.UUID, booked_at: datetime) -> None:
    """As if the provider had told; the sandbox cashier is told of these when it opens (``past_payments``)."""
    booking = Booking.objects.select_related("lot", "spot", "renter").get(pk=booking_id)
    now = timezone.now()
    payment = Payment.objects.create(
        id=_uuid7_at(booked_at, f"payment:{booking_id}"),
        provider="sandbox",
        payer=booking.renter,
        subject_id=booking.pk,
        title=f"停车 {booking.lot.name_zh} {booking.spot.code}",
        amount_minor=booking.amount_minor,
        currency=booking.currency,
        expires_at=now + timedelta(minutes=8),
    )
    receive(payment_id=payment.pk, number=f"{NUMBER_MARK}{payment.pk.hex[:20].upper()}", paid_at=now)


def past_payments() -> list[dict[str, Any]]:
    """What was paid before the demo's bank opened, as its orders (finance.sandbox_cashier.orders.PastOrder)."""
    made = Payment.objects.filter(provider="sandbox", provider_reference__startswith=NUMBER_MARK)
    return [
        {
            "id": str(payment.pk),
            "number": payment.provider_reference,
            "title": payment.title,
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
            "paid_at": int(payment.succeeded_at.timestamp()),
        }
        for payment in made.order_by("pk")
        if payment.succeeded_at
    ]


def _abandon(booking_id: uuid.UUID, renter: Member) -> None:
    bookings.abandon_hold(booking_id=booking_id, renter=renter)


def _end_unused() -> None:
    bookings.end_unused()


def _tell(event: object) -> None:
    lot_event.send(sender=LotEvent, event=event)


def _uuid7_at(moment: datetime, name: str) -> uuid.UUID:
    """A version 7 UUID of that moment whose random bits follow from ``name``: ids sort as if made then."""
    noise = int.from_bytes(hashlib.sha256(name.encode()).digest()[:10])
    value = (int(moment.timestamp() * 1000) & ((1 << 48) - 1)) << 80 | noise
    value = value & ~(0xF << 76) | 7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 2 << 62)
