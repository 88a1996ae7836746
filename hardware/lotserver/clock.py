"""The lot's time. A clock that jumps must neither open what has ended nor close what is paid for (docs/adr).

While the lot server runs its time goes on by the monotonic clock; the system's clock is followed in small steps only.
At the start it is not before the last time that is on disk. What the platform has just signed corrects it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

LARGEST_STEP = 300.0
"""Seconds by which two clocks may differ, and by which the system's may be set, before it counts as wrong."""


class LotClock:
    """``now`` is Unix seconds, for any thread. ``reports`` hands out what has to be told, once each."""

    def __init__(
        self,
        last_known: float = 0.0,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._guard = threading.Lock()
        self._reports: list[tuple[str, int]] = []
        at = wall()
        self._ahead = 0.0
        """Our time minus the system's clock; 0 while that can be believed."""
        if at < last_known - LARGEST_STEP:
            self._reports.append(("behind", int(at - last_known)))
            self._ahead = last_known - at
        self._anchor = (at + self._ahead, monotonic())

    def now(self) -> float:
        with self._guard:
            return self._now()

    def hear(self, platform_time: float) -> None:
        """The platform has just signed that it is this time."""
        with self._guard:
            wall, ours = self._wall(), self._now()
            if abs(platform_time - wall) <= LARGEST_STEP:
                self._ahead = 0.0  # our own clock is right, and finer
            elif abs(platform_time - ours) > LARGEST_STEP:
                self._ahead = platform_time - wall
            self._anchor = (wall + self._ahead, self._monotonic())

    def reports(self) -> list[tuple[str, int]]:
        """(reason, seconds): behind (at the start) or jumped (while running)."""
        with self._guard:
            told, self._reports = self._reports, []
            return told

    def _now(self) -> float:
        wall, ticks = self._wall(), self._monotonic()
        due = self._anchor[0] + ticks - self._anchor[1]
        step = wall + self._ahead - due
        if abs(step) > LARGEST_STEP:
            self._reports.append(("jumped", int(step)))
            self._ahead = due - wall
        self._anchor = (wall + self._ahead, ticks)
        return self._anchor[0]
