"""Ways for a message to leave the house. One class per way; settings.OUTBOX_TRANSPORTS chooses one per channel."""

from __future__ import annotations

from typing import Protocol

from members.models import OutboxMessage


class TransportError(Exception):
    """The message did not leave. ``permanent``: trying again cannot help (for example, no such recipient)."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class Transport(Protocol):
    """Hands one message to whoever carries it on."""

    def deliver(self, message: OutboxMessage) -> None:
        """Returns when the message was accepted; raises TransportError otherwise."""
