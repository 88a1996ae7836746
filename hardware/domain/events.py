"""What lots tell, taken once each and in order: stored, its effects applied, and passed on to the layers above."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction
from django.utils import timezone

from berth.kernel import live
from hardware.domain.effects import EFFECTS, Told
from hardware.domain.grants import lock_server
from hardware.event_kinds import EventKind
from hardware.models import Grant, LotEvent, LotServer
from hardware.signals import LotEventPayload, lot_event

log = logging.getLogger(__name__)
LONGEST_TEXT = 300
MOST_FIELDS = 30


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event as the lot sent it. ``payload`` is a flat object; what is not is left out."""

    sequence: int
    kind: str
    occurred_at: datetime
    payload: dict[str, Any]


def take_events(
    *,
    lot_server: LotServer,
    events: Iterable[Incoming],
    version: str = "",
    grants_revision: int | None = None,
    oldest: int | None = None,
) -> int:
    """Take what is new, in order, each in a transaction of its own; the sequence up to which all are taken.

    Events already taken change nothing; at a gap it stops, unless the lot says that ``oldest`` is the first one it
    still has: then what lies before it is put on record as missing. An effect that fails is logged and the event kept:
    one bad event never stops the lot's stream. Raises only what a repeat may heal (the database is away).
    """
    accepted = _hello(lot_server, version, grants_revision)
    if oldest is not None and oldest > accepted + 1:
        accepted = _miss(lot_server.pk, oldest)
    for event in sorted(events, key=lambda item: item.sequence):
        if event.sequence <= accepted:
            continue
        if event.sequence != accepted + 1:
            log.warning("lot %s: events %s to %s are missing", lot_server.pk, accepted + 1, event.sequence - 1)
            break
        accepted = _take(lot_server.pk, event)
    return accepted


def _hello(lot_server: LotServer, version: str, grants_revision: int | None) -> int:
    """The lot was heard. Returns the last sequence taken."""
    seen: dict[str, Any] = {"last_seen_at": timezone.now()}
    if version:
        seen["version"] = version[:40]
    if grants_revision is not None:
        seen["acknowledged_revision"] = grants_revision
    LotServer.objects.filter(pk=lot_server.pk).update(**seen)
    return LotServer.objects.values_list("last_sequence", flat=True).get(pk=lot_server.pk)


@transaction.atomic
def _miss(lot_id: int, oldest: int) -> int:
    """The platform was restored from a backup, and the lot has the events after it no more: that is itself told."""
    server = lock_server(lot_id)
    if oldest <= server.last_sequence + 1:
        return server.last_sequence
    LotEvent.objects.create(
        lot_id=lot_id,
        sequence=oldest - 1,
        kind=EventKind.MISSING,
        occurred_at=timezone.now(),
        payload={"first": server.last_sequence + 1, "last": oldest - 1},
    )
    log.error("lot %s: events %s to %s are lost", lot_id, server.last_sequence + 1, oldest - 1)
    LotServer.objects.filter(pk=lot_id).update(last_sequence=oldest - 1)
    return oldest - 1


@transaction.atomic
def _take(lot_id: int, event: Incoming) -> int:
    """Store one event and apply it; returns the last sequence taken, which another process may have moved on."""
    server = lock_server(lot_id)
    if event.sequence != server.last_sequence + 1:
        return server.last_sequence
    payload = flat(event.payload)
    stored = LotEvent.objects.create(
        lot_id=lot_id,
        sequence=event.sequence,
        kind=event.kind[:32],
        occurred_at=event.occurred_at,
        grant=_grant_of(lot_id, payload),
        payload=payload,
    )
    LotServer.objects.filter(pk=lot_id).update(last_sequence=event.sequence)
    _apply(stored)
    return event.sequence


def _apply(stored: LotEvent) -> None:
    told = Told(stored)
    effect = EFFECTS.get(stored.kind)
    if effect is not None:
        _guarded(lambda: effect(told), stored)
    channels = [f"lot.{stored.lot.code}"]
    if stored.grant is not None:
        _guarded(lambda: lot_event.send(sender=LotEvent, event=_payload_of(stored)), stored)
        channels.append(f"booking.{stored.grant.subject_id}")
    live.publish(*channels)


def _guarded(step: Any, stored: LotEvent) -> None:
    try:
        with transaction.atomic():
            step()
    except OperationalError:
        raise  # the whole event is rolled back, and the lot sends it again
    except Exception:
        log.exception("lot event %s: its effect failed, the event is kept", stored)


def _payload_of(stored: LotEvent) -> LotEventPayload:
    if stored.grant is None:
        raise ValueError("only events of a grant are passed on")
    return LotEventPayload(
        lot_code=stored.lot.code,
        sequence=stored.sequence,
        kind=stored.kind,
        occurred_at=stored.occurred_at,
        subject_id=stored.grant.subject_id,
        payload=stored.payload,
    )


def _grant_of(lot_id: int, payload: dict[str, Any]) -> Grant | None:
    grant_id = as_uuid(payload.get("grant"))
    return Grant.objects.filter(pk=grant_id, lot_id=lot_id).first() if grant_id else None


def as_uuid(value: object) -> uuid.UUID | None:
    """The UUID that a payload's text names, if any."""
    try:
        return uuid.UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def flat(payload: dict[str, Any]) -> dict[str, Any]:
    """As it is stored: text (short, without NUL, which PostgreSQL refuses), integers, booleans and null alone."""
    kept: dict[str, Any] = {}
    for name, value in list(payload.items())[:MOST_FIELDS]:
        if isinstance(value, str):
            kept[_text(name)] = _text(value)
        elif value is None or (isinstance(value, bool | int) and abs(value) < 2**63):
            kept[_text(name)] = value
    return kept


def _text(value: str) -> str:
    return value.replace("\x00", "").encode("utf-8", "replace").decode()[:LONGEST_TEXT]
