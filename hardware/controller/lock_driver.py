"""The lock bus's small interface: whatever make of lock hangs on it, it is driven and read like this."""

from __future__ import annotations

from typing import Protocol

from hardware.osdp.vendor import LockStatus


class LockUnreachable(Exception):
    """The lock did not answer, or not intelligibly."""


class LockDriver(Protocol):
    """One make of lock. ``drive`` and ``read`` block for at most a second and raise LockUnreachable.

    ``unit`` is the lock's number on the bus, 1 to 247; what it means is the driver's.
    """

    def drive(self, unit: int, lower: bool) -> None: ...
    def read(self, unit: int) -> LockStatus: ...
    def close(self) -> None: ...
