"""Django's e-mail, written to the outbox."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from members.domain import outbox
from members.models import OutboxMessage


class OutboxBackend(BaseEmailBackend):
    """What django.core.mail sends (for allauth, for error reports) becomes outbox messages, one for each recipient."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            for recipient in message.recipients():
                outbox.send(
                    channel=OutboxMessage.Channel.EMAIL,
                    recipient=recipient,
                    subject=message.subject[:200],
                    body=str(message.body),
                )
        return len(email_messages)
