"""What a peripheral has to tell when it is polled."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from .messages import Message
from .vendor import Emergency, Status, Swipe, from_controller


@dataclass(slots=True)
class _Numbered:
    number: int
    message: Message
    reply: Message
    next_at: float = 0.0


def _supersedes(new: Message, old: Message) -> bool:
    if isinstance(new, Swipe) and isinstance(old, Swipe):
        return new.request == old.request
    return isinstance(new, Status) and isinstance(old, Status)


@dataclass(slots=True)
class Outbox:
    """Vendor messages, repeated until acknowledged, emergencies first; and plain replies, kept until the panel goes on.

    A newer status takes the place of an older one, a further attempt of a swipe that of the attempt before.

    ``last_number`` is where numbering continues: give it a random start so that two runs of a controller differ.
    """

    resend_after: float
    last_number: int
    _vendor: list[_Numbered] = field(default_factory=list)
    _plain: deque[Message] = field(default_factory=deque)
    _told: Message | None = None

    @property
    def unacknowledged(self) -> int:
        """Vendor messages that the panel has not yet acknowledged."""
        return len(self._vendor)

    def put_vendor(self, message: Message) -> int:
        """The number that its acknowledgement will carry. Raises ``MessageError`` for what no controller says."""
        self.last_number = self.last_number % 0xFFFF + 1
        item = _Numbered(self.last_number, message, from_controller(message, number=self.last_number))
        self._vendor = [old for old in self._vendor if not _supersedes(message, old.message)]
        if isinstance(message, Emergency):
            self._vendor.insert(0, item)
        else:
            self._vendor.append(item)
        return item.number

    def put_plain(self, reply: Message) -> None:
        """An answer to a poll that is sent once."""
        reply.encode()
        self._plain.append(reply)

    def acknowledge(self, number: int) -> bool:
        """Whether that number was waiting."""
        before = len(self._vendor)
        self._vendor = [item for item in self._vendor if item.number != number]
        return len(self._vendor) < before

    def next(self, now: float) -> Message | None:
        """The answer to a poll, or None when there is nothing to tell."""
        for item in self._vendor:
            if item.next_at <= now:
                item.next_at = now + self.resend_after
                return item.reply
        self._told = self._plain.popleft() if self._plain else None
        return self._told

    def confirm(self) -> None:
        """The panel has gone on: it has the last answer."""
        self._told = None

    def session_ended(self) -> None:
        """Whatever the panel may not have seen is told again in the next session, without delay."""
        if self._told is not None:
            self._plain.appendleft(self._told)
            self._told = None
        for item in self._vendor:
            item.next_at = 0.0
