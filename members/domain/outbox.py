"""Messages to people: written in the transaction that causes them, delivered afterwards, at least once."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from members.models import OutboxMessage
from members.transports import Transport, TransportError

MAX_ATTEMPTS = 8
FIRST_DELAY = timedelta(seconds=5)
"""Doubles with each failed attempt: 5 s, 10 s, … about 5 minutes before the last."""

log = logging.getLogger(__name__)


def send(*, channel: str, recipient: str, subject: str, body: str, dedupe_key: str | None = None) -> OutboxMessage:
    """Write a message; it leaves after the surrounding transaction commits, and never if that rolls back.

    ``channel``: OutboxMessage.Channel; ``recipient``: E.164 number or e-mail address. A repeat of ``dedupe_key``
    returns the first message and writes nothing.
    """
    fields = {"channel": channel, "recipient": recipient, "subject": subject, "body": body}
    with transaction.atomic():
        if dedupe_key is None:
            message, created = OutboxMessage.objects.create(**fields), True
        else:
            message, created = OutboxMessage.objects.get_or_create(dedupe_key=dedupe_key, defaults=fields)
        if created:
            transaction.on_commit(_wake_worker, robust=True)
    return message


def deliver_waiting(*, limit: int = 100) -> int:
    """Try every message that is due, oldest first; how many left the house. Safe to run in several workers at once."""
    delivered = 0
    for _ in range(limit):
        outcome = _deliver_next()
        if outcome is None:
            break
        delivered += outcome
    return delivered


def send_again(*, message_id: int) -> None:
    """Let a message that was given up be tried anew."""
    OutboxMessage.objects.filter(pk=message_id, sent_at=None).update(attempts=0, next_attempt_at=None)
    transaction.on_commit(_wake_worker, robust=True)


@transaction.atomic
def _deliver_next() -> bool | None:
    """One message under its row lock: True if it left, False if not, None where none is due."""
    now = timezone.now()
    message = (
        OutboxMessage.objects.select_for_update(skip_locked=True)
        .filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=now), sent_at=None, attempts__lt=MAX_ATTEMPTS)
        .order_by("created_at", "pk")
        .first()
    )
    if message is None:
        return None
    message.attempts += 1
    try:
        _transport(message.channel).deliver(message)
    except TransportError as error:
        _postpone(message, error, now)
    else:
        message.sent_at, message.last_error = timezone.now(), ""
    message.save(update_fields=["attempts", "sent_at", "next_attempt_at", "last_error"])
    return message.sent_at is not None


def _postpone(message: OutboxMessage, error: TransportError, now: datetime) -> None:
    if error.permanent:
        message.attempts = MAX_ATTEMPTS
    message.last_error = str(error)[:300]
    message.next_attempt_at = now + FIRST_DELAY * 2 ** (message.attempts - 1)
    log.warning("message %s not delivered (attempt %s): %s", message.pk, message.attempts, error)


def _transport(channel: str) -> Transport:
    path: str = settings.OUTBOX_TRANSPORTS[channel]
    transport: Transport = import_string(path)()
    return transport


def _wake_worker() -> None:
    """Deliver at once instead of at the next beat. The broker may be away: beat comes by anyway."""
    from members.tasks import deliver_outbox

    deliver_outbox.apply_async(retry=False)
