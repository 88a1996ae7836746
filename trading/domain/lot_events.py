"""What the lot tells becomes evidence first, and moves the booking second.

Runs inside hardware's transaction. Whatever comes, twice, late or in another order, is written down once and never
stops the lot's stream: what cannot be applied is logged and can be replayed (``manage.py replay_lot_events``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, transaction

from berth.kernel.errors import DomainError
from hardware.event_kinds import EventKind
from hardware.signals import LotEventPayload
from trading.domain import holds, locking, stays, timeline
from trading.models import Booking, Evidence

log = logging.getLogger(__name__)
Kind = Evidence.Kind
_KEPT = 200
"""Characters of a text in a payload that evidence keeps."""


def take(event: LotEventPayload) -> None:
    """Record one event of a lot against its booking. Raises only what a repeat may heal (the database is away)."""
    try:
        with transaction.atomic():
            _take(event)
    except OperationalError:
        raise  # hardware rolls back, and the lot tells it again
    except Exception:
        log.exception("event %s of booking %s could not be applied", event.source, event.subject_id)


def _take(event: LotEventPayload) -> None:
    try:
        booking = locking.lock(event.subject_id)
    except Booking.DoesNotExist:
        log.warning("event %s concerns no booking: %s", event.source, event.subject_id)
        return
    kind = kind_of(event)
    if kind is None:
        return
    timeline.append(
        booking=booking,
        kind=kind,
        occurred_at=event.occurred_at,
        source=event.source,
        payload={name: _plain(value) for name, value in event.payload.items()},
    )
    holds.publish(booking)
    try:
        with transaction.atomic():
            stays.follow(booking)
    except DomainError as error:  # the fact stays on record; a replay applies it once the cause is gone
        log.error("event %s of booking %s has no effect: %s", event.source, event.subject_id, error.code)  # noqa: TRY400


def kind_of(event: LotEventPayload) -> Evidence.Kind | None:
    """The evidence that an event is, None for events that say nothing about a booking."""
    kind = _KINDS.get(event.kind)
    return kind(event.payload) if callable(kind) else kind


def _unlock(payload: dict[str, Any]) -> Evidence.Kind:
    return Kind.LOCK_OPENED if payload.get("outcome") == "opened" else Kind.LOCK_FAILED


def _lock(payload: dict[str, Any]) -> Evidence.Kind | None:
    """Lowering is told by the unlock's result; here only the raising is news."""
    return Kind.LOCK_RAISED if payload.get("acknowledged") == "raised" else None


_KINDS: dict[str, Evidence.Kind | Callable[[dict[str, Any]], Evidence.Kind | None]] = {
    EventKind.PLATE_READ: Kind.PLATE_READ,
    EventKind.CARD_ISSUED: Kind.CARD_ISSUED,
    EventKind.VEHICLE_ENTERED: Kind.ENTERED,
    EventKind.SWIPE_JUDGED: Kind.SWIPED,
    EventKind.UNLOCK_RESULT: _unlock,
    EventKind.LOCK_CHANGED: _lock,
    EventKind.VEHICLE_LEFT: Kind.LEFT,
    EventKind.CARD_COLLECTED: Kind.CARD_COLLECTED,
    EventKind.EMERGENCY_RAISED: Kind.EMERGENCY,
}


def _plain(value: Any) -> str | int | bool | None:
    """As the timeline can hash it: no floats, no nesting, no endless text."""
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)[:_KEPT]
