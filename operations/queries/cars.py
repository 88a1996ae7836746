"""Cars that are expected, inside, or at the gate without a match."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from hardware.event_kinds import EventKind
from hardware.models import Grant, LockCommand, LotEvent
from lots.models import Lot
from trading.models import Stay

AHEAD = timedelta(hours=12)
UNMATCHED_FOR = timedelta(minutes=30)
"""A car that nobody dealt with for this long has driven away."""


@dataclass(frozen=True, slots=True)
class Expected:
    plates: list[str]
    bay: str
    name: str
    valid_from: datetime
    valid_until: datetime
    soon: bool
    """The lot lets it in already."""


@dataclass(frozen=True, slots=True)
class Inside:
    plate: str
    bay: str
    name: str
    entered_at: datetime
    until: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Unmatched:
    """``grant`` is set where the plate is close to one that is expected."""

    event_id: int
    plate: str
    gate: str
    direction: str
    at: datetime
    grant: Grant | None


def expected(lot: Lot, *, now: datetime | None = None) -> list[Expected]:
    """By time; cars that are in or have been in are left out. Two queries."""
    now = now or timezone.now()
    been_in = set(
        Stay.objects.filter(booking__lot=lot, booking__end__gt=now - AHEAD).values_list("booking_id", flat=True)
    )
    grants = Grant.objects.filter(
        lot=lot, state=Grant.State.ACTIVE, valid_until__gt=now, valid_from__lt=now + AHEAD
    ).select_related("spot", "member")
    return [
        Expected(g.plates, g.spot.code, g.member.public_name, g.valid_from, g.valid_until, g.valid_from <= now)
        for g in grants.order_by("valid_from", "pk")
        if g.subject_id not in been_in
    ]


def inside(lot: Lot, *, now: datetime | None = None) -> list[Inside]:
    """By when they must be out. One query."""
    now = now or timezone.now()
    stays = Stay.objects.filter(booking__lot=lot, left_at=None).select_related("booking__spot", "booking__renter")
    return [
        Inside(
            stay.plate_read,
            stay.booking.spot.code,
            stay.booking.renter.public_name,
            stay.entered_at,
            stay.booking.end,
            stay.booking.end < now,
        )
        for stay in stays.order_by("booking__end")
    ]


def unmatched(lot: Lot, *, now: datetime | None = None) -> list[Unmatched]:
    """Plates at a gate that nobody let in yet, newest first, each once. Three queries."""
    since = (now or timezone.now()) - UNMATCHED_FOR
    told = LotEvent.objects.filter(
        lot=lot,
        occurred_at__gt=since,
        kind__in=[EventKind.PLATE_READ, EventKind.VEHICLE_ENTERED, EventKind.VEHICLE_LEFT],
    ).order_by("-occurred_at", "-sequence")
    opened = LockCommand.objects.filter(lot=lot, kind=LockCommand.Kind.OPEN_GATE, requested_at__gt=since).values_list(
        "gate_code", "requested_at"
    )
    waiting = _still_waiting(list(told), list(opened))
    grants = {
        g.pk: g for g in Grant.objects.select_related("spot", "member").filter(pk__in=[_near(e) for e in waiting])
    }
    return [
        Unmatched(
            event.pk,
            str(event.payload.get("plate") or ""),
            str(event.payload.get("gate") or ""),
            str(event.payload.get("direction") or ""),
            event.occurred_at,
            grants.get(grant_id) if (grant_id := _near(event)) else None,
        )
        for event in waiting
    ]


def _still_waiting(told: list[LotEvent], opened: list[tuple[str, datetime]]) -> list[LotEvent]:
    """The newest word about each plate, where that is an unmatched reading and its gate was not opened since."""
    newest: dict[str, LotEvent] = {}
    for event in told:
        newest.setdefault(str(event.payload.get("plate") or ""), event)
    return [
        event
        for event in newest.values()
        if event.kind == EventKind.PLATE_READ
        and event.payload.get("match") in ("near", "none")
        and not any(gate == event.payload.get("gate") and at > event.occurred_at for gate, at in opened)
    ]


def _near(event: LotEvent) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(event.payload.get("grant")))
    except ValueError:
        return None
