"""The demo's mailbox and telephone: the page /demo/outbox/ shows what was written, so nothing has to leave."""

from __future__ import annotations

from django.conf import settings

from members.models import OutboxMessage
from members.transports import TransportError


class DemoTransport:
    """Accepts everything, in the demo only: elsewhere people would wait for messages that never come."""

    def deliver(self, message: OutboxMessage) -> None:
        if not settings.DEMO:
            raise TransportError("the demo transport delivers nothing outside the demo")
