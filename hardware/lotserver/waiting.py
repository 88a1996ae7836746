"""The car that stands at an entry and has not been let in: looked at again while it stands there.

Its grant may come down a second after it was read, or begin while it waits.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from hardware.gates.matching import Matched
from hardware.gates.reading import Reading

LOOK_AGAIN_EVERY = 0.5
DRIVES_UP_WITHIN = 15.0
"""Seconds from the reading to the loop; and for which a car is believed to stand there where no loop tells."""


@dataclass(slots=True)
class Waiting:
    """``inside``: the record says that this very car is in; staff must confirm that it is not."""

    reading: Reading
    found: Matched
    inside: bool = False
    since: float = field(default_factory=time.monotonic)
    on_loop: bool = False

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.since

    def is_over(self, vehicle: bool | None, patience: float) -> bool:
        """Whether it has driven off, or waited too long. ``vehicle``: what the loop says, None where it says nothing.

        A camera may read a plate before the car is on the loop: only a loop that was taken can be left.
        """
        left = self.on_loop and vehicle is False
        self.on_loop = self.on_loop or vehicle is True
        return left or self.seconds > (patience if self.on_loop else min(patience, DRIVES_UP_WITHIN))
