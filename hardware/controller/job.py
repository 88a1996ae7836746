"""One job of one lock, and the times of the rules."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum


class State(StrEnum):
    MOVING = "moving"
    HELD_OPEN = "held_open"
    RECOVERING = "recovering"


@dataclass(frozen=True, slots=True)
class LockTimes:
    """Defaults are PRODUCT.md's; seconds."""

    retries: int = 5
    retry_interval: float = 5.0
    message_shown: float = 15.0


@dataclass(slots=True)
class Job:
    """``lower`` or raise ``lock``, for a swipe (``request``) or an order (``command``); 0: by the lot's own rule.

    ``hold`` seconds an open lock waits for a vehicle; ``took`` hundredths of a second until it was down.
    """

    lock: int
    lower: bool
    request: int = 0
    command: int = 0
    hold: float = 0
    test: bool = False
    state: State = State.MOVING
    tries: int = 1
    deadline: float = math.inf
    since: float = 0.0
    took: int = 0

    @property
    def is_hold(self) -> bool:
        """It is open already, was reported, and waits for its vehicle."""
        return self.lower and not self.request and not self.command

    @property
    def timeless(self) -> Job:
        """As it is written down; a try more or less is no news."""
        return replace(self, tries=1, deadline=math.inf, since=0.0, took=0)
