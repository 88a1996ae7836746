"""For development: messages go to the log."""

from __future__ import annotations

import logging

from members.models import OutboxMessage

log = logging.getLogger(__name__)


class LogTransport:
    """Writes the whole message to the log."""

    def deliver(self, message: OutboxMessage) -> None:
        log.info("%s to %s: %s %s", message.channel, message.recipient, message.subject, message.body)
