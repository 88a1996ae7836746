"""What follows when a barrier has been opened: it stays open for one car and never closes on one."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from hardware.gates.barrier import Barrier, BarrierError, BarrierState

log = logging.getLogger(__name__)
LOOK_EVERY = 0.2
CLOSES_WITHIN = 10.0


@dataclass(slots=True)
class Passage:
    """``wait`` sleeps and is False when the lot server stops; ``call`` tells the staff; ``tailgated`` is called when a
    second car has gone through on one opening."""

    barrier: Barrier
    wait: Callable[[float], bool]
    call: Callable[[], None]
    tailgated: Callable[[], None]

    def close_after(self, patience: float, obstructed: float) -> None:
        """Close once a car has gone through, or when none comes in ``patience`` s.

        One that stays under it for ``obstructed`` s, or a jam, is told; the barrier waits on. Raises BarrierError where
        it does not close; where it does not tell whether a car is there it is left open. One that closes itself is
        left alone.
        """
        if self.barrier.closes_itself:
            return
        while self._close_behind(patience, obstructed):
            self.tailgated()
            self.barrier.drive(True)

    def _close_behind(self, patience: float, obstructed: float) -> bool:
        """Whether another car is under it before it has closed."""
        began = time.monotonic()
        seen, told, state = False, False, self._look()
        while self.wait(LOOK_EVERY):
            state = self._look()
            elapsed = time.monotonic() - began
            if not told and elapsed >= obstructed:
                told = True
                self.call()
            if state is None or state.vehicle:
                seen = seen or state is not None
                continue
            if elapsed >= patience or (seen and state.open):
                break
        if state is None or state.vehicle:
            return False
        self.barrier.drive(False)
        return seen and self._follows()

    def _follows(self) -> bool:
        """A car on the loop while the barrier is on its way down."""
        deadline = time.monotonic() + CLOSES_WITHIN
        while time.monotonic() < deadline and self.wait(LOOK_EVERY):
            state = self._look()
            if state is None or state.closed:
                return False
            if state.vehicle:
                return True
        return False

    def vehicle(self) -> bool | None:
        """Whether a car is on the loop; None where it does not tell."""
        state = self._look()
        return state.vehicle if state else None

    def is_open(self) -> bool:
        """Whether it says that it is."""
        state = self._look()
        return state is not None and state.open

    def _look(self) -> BarrierState | None:
        try:
            return self.barrier.state()
        except BarrierError as error:
            log.debug("barrier: %s", error)
            return None
