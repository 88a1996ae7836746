"""What staff see of a lot: its devices as they are now, who comes, who is inside, what happened, who calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from hardware.event_kinds import EventKind
from hardware.models import Controller, EmergencyCall, Grant, LockCommand, LotEvent, LotServer, SpotLock
from lots.models import Lot

HEARD_WITHIN = timedelta(seconds=90)
"""A lot server reports at least every 30 s."""
STAY_AT_MOST = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class FloorState:
    """Devices of a lot as they are now. ``locks`` by spot id."""

    server: LotServer | None
    connected: bool
    controllers: list[Controller]
    locks: dict[int, SpotLock]
    inside: dict[int, Grant] = field(default_factory=dict)
    """Grants of cars that are inside, by spot id."""


def floor_state(lot: Lot) -> FloorState:
    """Four queries, however many spots."""
    server = LotServer.objects.filter(pk=lot.pk).first()
    heard = server.last_seen_at if server else None
    locks = SpotLock.objects.filter(controller__lot=lot).select_related("controller")
    return FloorState(
        server=server,
        connected=heard is not None and timezone.now() - heard < HEARD_WITHIN,
        controllers=list(Controller.objects.filter(lot=lot)),
        locks={lock.spot_id: lock for lock in locks},
        inside={stay.grant.spot_id: stay.grant for stay in inside(lot)},
    )


def expected_arrivals(lot: Lot, *, within: timedelta = timedelta(hours=12)) -> list[Grant]:
    """Grants that let a car in now or soon and have not been used, the earliest first."""
    now = timezone.now()
    entered = LotEvent.objects.filter(lot=lot, kind=EventKind.VEHICLE_ENTERED, grant__isnull=False)
    return list(
        Grant.objects.filter(lot=lot, state=Grant.State.ACTIVE, valid_from__lt=now + within, valid_until__gt=now)
        .exclude(pk__in=entered.filter(occurred_at__gt=now - STAY_AT_MOST).values("grant_id"))
        .select_related("spot", "member")
        .order_by("valid_from", "spot__code")
    )


@dataclass(frozen=True, slots=True)
class Inside:
    """A car inside, by the lot's own events."""

    grant: Grant
    plate: str
    entered_at: datetime


def inside(lot: Lot) -> list[Inside]:
    """Cars that entered and have not left, the latest first."""
    passages = (
        LotEvent.objects.filter(
            lot=lot,
            kind__in=[EventKind.VEHICLE_ENTERED, EventKind.VEHICLE_LEFT],
            grant__isnull=False,
            occurred_at__gt=timezone.now() - STAY_AT_MOST,
        )
        .select_related("grant__spot", "grant__member")
        .order_by("grant_id", "-sequence")
        .distinct("grant_id")
    )
    stays = [
        Inside(event.grant, str(event.payload.get("plate", "")), event.occurred_at)
        for event in passages
        if event.kind == EventKind.VEHICLE_ENTERED and event.grant is not None
    ]
    return sorted(stays, key=lambda stay: stay.entered_at, reverse=True)


def recent_events(lot: Lot, *, limit: int = 50) -> list[LotEvent]:
    """The newest first."""
    return list(
        LotEvent.objects.filter(lot=lot).select_related("grant__spot", "grant__member").order_by("-sequence")[:limit]
    )


def open_calls(lot: Lot) -> list[EmergencyCall]:
    """Calls that are not resolved: those that nobody took first, the oldest first."""
    calls = EmergencyCall.objects.filter(lot=lot).exclude(state=EmergencyCall.State.RESOLVED)
    found = calls.select_related("controller", "spot", "grant__member", "acknowledged_by")
    return sorted(found, key=lambda call: (call.state != EmergencyCall.State.RAISED, call.raised_at))


def waiting_plates(lot: Lot, *, within: timedelta = timedelta(minutes=10)) -> list[LotEvent]:
    """Cars at an entry that were not recognised and for which no barrier has opened since: staff decide."""
    since = timezone.now() - within
    reads = LotEvent.objects.filter(lot=lot, kind=EventKind.PLATE_READ, occurred_at__gt=since).select_related(
        "grant__spot", "grant__member"
    )
    latest: dict[str, LotEvent] = {}
    for event in reads.order_by("sequence"):
        if event.payload.get("direction") == "entry":
            latest[str(event.payload.get("gate", ""))] = event
    opened = _gates_opened(lot, since)
    return [
        event
        for gate, event in sorted(latest.items())
        if event.payload.get("match") != "exact" and opened.get(gate, since) <= event.occurred_at
    ]


def recent_commands(lot: Lot, *, limit: int = 20) -> QuerySet[LockCommand]:
    """Orders to the lot, the newest first."""
    return LockCommand.objects.filter(lot=lot).select_related("spot", "requested_by", "grant")[:limit]


def _gates_opened(lot: Lot, since: datetime) -> dict[str, datetime]:
    done = LockCommand.objects.filter(
        lot=lot, kind=LockCommand.Kind.OPEN_GATE, state=LockCommand.State.DONE, requested_at__gt=since
    )
    return dict(done.order_by("requested_at").values_list("gate_code", "requested_at"))
