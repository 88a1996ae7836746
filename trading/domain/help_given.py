"""Calls for help as the booking's timeline has them: who took one, and how it ended."""

from __future__ import annotations

import logging

from django.db import transaction

from hardware.signals import CallAnswered
from trading.domain import holds, locking, timeline
from trading.models import Booking, Evidence

log = logging.getLogger(__name__)
_KINDS = {"acknowledged": Evidence.Kind.HELP_TAKEN, "resolved": Evidence.Kind.HELP_RESOLVED}


def record(answer: CallAnswered) -> None:
    """Once for each state of a call, whoever tells it and how often."""
    try:
        with transaction.atomic():
            booking = locking.lock(answer.subject_id)
            timeline.append(
                booking=booking,
                kind=_KINDS[answer.state],
                occurred_at=answer.at,
                source=f"call:{answer.call_id}:{answer.state}",
                payload={"by": answer.by, "reason": answer.note},
            )
            holds.publish(booking)
    except Booking.DoesNotExist:
        log.warning("call %s concerns no booking: %s", answer.call_id, answer.subject_id)
