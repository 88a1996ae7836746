"""How a lock ages: whether it needs longer than it used to, or several tries. Pure; times in hundredths of a second."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from statistics import median

LEARN_FROM = 5
"""Moves from which a lock's usual time is taken."""
LOOK_AT = 5
"""The last moves that are compared with it."""
SLOWER = 1.5
SLACK = 50
"""Drifting is when the middle one of the last moves took more than SLOWER times the usual time and SLACK more."""
RETRIES_OF, TOO_MANY_RETRIES = 10, 3
"""Or when so many of the last moves needed more than one try."""


@dataclass(frozen=True, slots=True)
class Wear:
    """``usual`` is 0 until it is learnt. ``recent``: the last moves that succeeded at once; ``tries``: of all moves."""

    usual: int = 0
    recent: tuple[int, ...] = ()
    tries: tuple[int, ...] = ()

    @property
    def drifting(self) -> bool:
        if sum(count > 1 for count in self.tries[-RETRIES_OF:]) >= TOO_MANY_RETRIES:
            return True
        return bool(self.usual) and len(self.recent) >= LOOK_AT and median(self.recent) > SLOWER * self.usual + SLACK

    def after(self, took: int, tries: int) -> Wear:
        """After one more move that got there."""
        counts = (*self.tries, tries)[-RETRIES_OF:]
        if tries > 1 or not took:
            return Wear(self.usual, self.recent, counts)
        recent = (*self.recent, took)[-LOOK_AT:]
        learnt = self.usual or (round(median(recent)) if len(recent) == LEARN_FROM else 0)
        return Wear(learnt, recent, counts)

    def dumps(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str) -> Wear:
        """What ``dumps`` wrote; a lock without a past for an empty text."""
        raw = json.loads(text) if text else {}
        return cls(raw.get("usual", 0), tuple(raw.get("recent", ())), tuple(raw.get("tries", ())))
