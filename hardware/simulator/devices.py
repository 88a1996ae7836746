"""Physical things with a Modbus face: a spot lock and a barrier, with the faults that real ones have."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Mover:
    """Something that a motor moves between 0 (raised, closed) and 1 (lowered, open) in ``travel`` seconds."""

    travel: float
    target: bool = False
    jammed: bool = False
    _from: float = 0.0
    _since: float = field(default_factory=time.monotonic)

    def position(self) -> float:
        elapsed = (time.monotonic() - self._since) / self.travel
        goal = float(self.target)
        if self.jammed:
            return self._from
        return min(goal, self._from + elapsed) if goal > self._from else max(goal, self._from - elapsed)

    def drive(self, target: bool) -> None:
        self._from, self._since, self.target = self.position(), time.monotonic(), target

    def jam(self, jammed: bool) -> None:
        """Jammed it stays where it is, whatever it is told; freed it stays there until driven again."""
        here = self.position()
        self.jammed, self._from, self._since = jammed, here, time.monotonic()
        if not jammed:
            self.target = here >= 0.5


class SimulatedLock:
    """A spot lock: coil 0 lowers (1) or raises (0) it; inputs raised, lowered, jammed, vehicle present, battery low.

    It never rises under a vehicle. ``stalled`` tells a motor that was driven and did not arrive.
    """

    def __init__(self, spot: str) -> None:
        self.spot = spot
        self.silent = False
        self.lag = 0.0
        self.vehicle_present = False
        self.battery_low = False
        self._mover = Mover(travel=1.2)
        self._guard = threading.Lock()

    @property
    def position(self) -> str:
        """raised, lowered, moving or jammed."""
        with self._guard:
            if self._mover.jammed:
                return "jammed"
            place = self._mover.position()
        return "raised" if place <= 0 else "lowered" if place >= 1 else "moving"

    @property
    def fault(self) -> str:
        """jammed, dead, or empty."""
        return "dead" if self.silent else "jammed" if self._mover.jammed else ""

    def jam(self, jammed: bool) -> None:
        with self._guard:
            self._mover.jam(jammed)

    def coils(self) -> list[bool]:
        return [self._mover.target]

    def inputs(self) -> list[bool]:
        position = self.position
        return [
            position == "raised",
            position == "lowered",
            position == "jammed",
            self.vehicle_present,
            self.battery_low,
        ]

    def write_coil(self, address: int, value: bool) -> None:
        with self._guard:
            if not (self.vehicle_present and not value):
                self._mover.drive(value)


class SimulatedBarrier:
    """A gate's barrier: coil 0 opens (1) or closes (0) it; inputs like a lock's (closed, open, jammed, vehicle).

    One that closes itself does so behind the car that it has seen.
    """

    def __init__(self, on_open: Callable[[], None], *, closes_itself: bool = False) -> None:
        self.silent = False
        self.lag = 0.0
        self._vehicle = False
        self._closes_itself = closes_itself
        self._mover = Mover(travel=0.8)
        self._on_open = on_open

    @property
    def vehicle_present(self) -> bool:
        """Whether a car stands on its loop."""
        return self._vehicle

    @vehicle_present.setter
    def vehicle_present(self, there: bool) -> None:
        gone = self._vehicle and not there
        self._vehicle = there
        if gone and self._closes_itself:
            self._mover.drive(False)

    @property
    def position(self) -> str:
        """closed, open or moving."""
        place = self._mover.position()
        return "closed" if place <= 0 else "open" if place >= 1 else "moving"

    @property
    def fault(self) -> str:
        """jammed, dead, or empty."""
        return "dead" if self.silent else "jammed" if self._mover.jammed else ""

    def jam(self, jammed: bool) -> None:
        self._mover.jam(jammed)

    def coils(self) -> list[bool]:
        return [self._mover.target]

    def inputs(self) -> list[bool]:
        position = self.position
        return [position == "closed", position == "open", self._mover.jammed, self.vehicle_present, False]

    def write_coil(self, address: int, value: bool) -> None:
        self._mover.drive(value)
        if value:
            self._on_open()
