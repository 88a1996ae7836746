"""What happened at the lot, newest first, as sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hardware.event_kinds import EventKind
from hardware.models import LotEvent
from lots.models import Lot
from operations.sentences import sentence

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Group:
    """A choice of the feed's filter."""

    key: str
    label: str | Promise
    kinds: frozenset[EventKind]


GROUPS = (
    Group("", _("Everything"), frozenset(EventKind)),
    Group(
        "gates",
        _("Gates and cards"),
        frozenset(
            {
                EventKind.PLATE_READ,
                EventKind.CARD_ISSUED,
                EventKind.VEHICLE_ENTERED,
                EventKind.VEHICLE_LEFT,
                EventKind.CARD_COLLECTED,
            }
        ),
    ),
    Group(
        "locks",
        _("Swipes and locks"),
        frozenset({EventKind.SWIPE_JUDGED, EventKind.UNLOCK_RESULT, EventKind.LOCK_CHANGED, EventKind.COMMAND_RESULT}),
    ),
    Group(
        "trouble",
        _("Trouble"),
        frozenset({EventKind.EMERGENCY_RAISED, EventKind.CONTROLLER_CHANGED, EventKind.REJECTED}),
    ),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One event in words; ``tone`` green, amber, red or empty."""

    at: datetime
    text: str
    icon: str
    tone: str
    sequence: int


def group_of(key: str) -> Group:
    return next((group for group in GROUPS if group.key == key), GROUPS[0])


def feed(lot: Lot, group: Group = GROUPS[0]) -> list[Line]:
    """The last fifty. One query."""
    events = LotEvent.objects.filter(lot=lot)
    if group.key:
        events = events.filter(kind__in=group.kinds)
    return [_line(event) for event in events.order_by("-occurred_at", "-sequence")[:SHOWN]]


def _line(event: LotEvent) -> Line:
    said = sentence(event.kind, event.payload)
    return Line(event.occurred_at, said.text, said.icon, said.tone, event.sequence)
