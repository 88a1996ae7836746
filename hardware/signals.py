"""What the lot tells the layers above. Sent inside the transaction that stores the event; receivers are idempotent.

Receivers get ``sender=LotEvent`` and ``event=LotEventPayload``.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.dispatch import Signal


@dataclass(frozen=True, slots=True)
class LotEventPayload:
    """A lot event that concerns a grant, as upper layers see it."""

    lot_code: str
    sequence: int
    kind: str
    """A value of hardware.event_kinds.EventKind."""
    occurred_at: datetime
    subject_id: uuid.UUID
    """The booking's id (Grant.subject_id)."""
    payload: dict[str, Any]

    @property
    def source(self) -> str:
        return f"event:{self.lot_code}:{self.sequence}"


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """Somebody has taken or resolved a call for help that concerns a grant."""

    call_id: uuid.UUID
    subject_id: uuid.UUID
    state: str
    """acknowledged or resolved."""
    by: str
    note: str
    at: datetime


call_answered = Signal()
"""answer: CallAnswered, with sender=EmergencyCall. Once for each state of a call."""


@dataclass(frozen=True, slots=True)
class SpotHealth:
    """A spot left the site, or came back: its lock (``sick``) or a stranger's vehicle on it (``stranger``)."""

    lot_code: str
    spot_id: int
    cause: str
    """sick or stranger."""
    since: datetime | None
    """None: it is well again."""
    faults: tuple[str, ...] = ()
    """SpotLock.faults, where the cause is sick."""


spot_health = Signal()
"""event: SpotHealth. Sent when it changes, inside the transaction of the event that changed it."""
lot_event = Signal()
"""event: LotEventPayload. Every stored event that concerns a grant, in order per lot."""
