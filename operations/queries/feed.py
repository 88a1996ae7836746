"""What happened at the lot, newest first, as sentences."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from hardware.event_kinds import EventKind
from hardware.models import LockCommand, LotEvent, SpotLock
from lots.models import Lot
from operations.sentences import sentence

SHOWN = 50
WORTH_JOINING = 4
"""So many locks that tell one after the other that they are closed, as after a restart, are one line."""


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
                EventKind.CARD_VOIDED,
            }
        ),
    ),
    Group(
        "locks",
        _("Swipes and locks"),
        frozenset(
            {
                EventKind.SWIPE_JUDGED,
                EventKind.UNLOCK_RESULT,
                EventKind.LOCK_CHANGED,
                EventKind.LOCK_TESTED,
                EventKind.COMMAND_RESULT,
                EventKind.STAFF_ORDER,
            }
        ),
    ),
    Group(
        "trouble",
        _("Trouble"),
        frozenset(
            {
                EventKind.EMERGENCY_RAISED,
                EventKind.CALL_TAKEN,
                EventKind.CALL_RESOLVED,
                EventKind.STAFF_SIGNED_IN,
                EventKind.CONTROLLER_CHANGED,
                EventKind.REJECTED,
                EventKind.MISSING,
                EventKind.PASSAGE_IRREGULAR,
                EventKind.CARD_STOCK,
            }
        ),
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
    """The last fifty events. Two queries at most."""
    events = LotEvent.objects.filter(lot=lot)
    if group.key:
        events = events.filter(kind__in=group.kinds)
    newest = list(events.order_by("-occurred_at", "-sequence")[:SHOWN])
    _name_orders(lot, newest)
    return list(_lines(newest))


def _name_orders(lot: Lot, events: Sequence[LotEvent]) -> None:
    """Put in words which order an answer of the lot belongs to."""
    answers = {str(e.payload.get("command")): e for e in events if e.kind == EventKind.COMMAND_RESULT}
    ids = [order_id for order_id in map(_uuid, answers) if order_id]
    for command in LockCommand.objects.filter(lot=lot, pk__in=ids).select_related("spot", "requested_by"):
        place = command.spot.code if command.spot else command.gate_code
        facts = {"what": capfirst(command.get_kind_display()), "place": place, "who": command.requested_by.public_name}
        words = pgettext("an order from the desk", "%(what)s %(place)s (%(who)s)") % facts
        answers[str(command.pk)].payload["order"] = words


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _lines(events: Sequence[LotEvent]) -> Iterator[Line]:
    for closed, run in groupby(events, key=_is_lock_closed):
        told = list(run)
        if closed and len(told) >= WORTH_JOINING:
            yield _joined(told)
        else:
            yield from map(_line, told)


def _is_lock_closed(event: LotEvent) -> bool:
    return (
        event.kind == EventKind.LOCK_CHANGED
        and event.payload.get("acknowledged") == SpotLock.Position.RAISED
        and not event.payload.get("battery_low")
    )


def _joined(events: Sequence[LotEvent]) -> Line:
    codes = sorted({str(event.payload.get("spot", "?")) for event in events})
    text = gettext("%(count)s locks closed, %(first)s to %(last)s")
    facts = {"count": len(codes), "first": codes[0], "last": codes[-1]}
    return Line(events[0].occurred_at, text % facts, "lock-closed", "", events[0].sequence)


def _line(event: LotEvent) -> Line:
    said = sentence(event.kind, event.payload)
    return Line(event.occurred_at, said.text, said.icon, said.tone, event.sequence)
