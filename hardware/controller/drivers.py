"""Which driver a lock bus gets: the ``driver`` of its configuration."""

from __future__ import annotations

from collections.abc import Callable

from hardware.controller.kerong import Dialect
from hardware.controller.kerong_locks import KerongLockDriver
from hardware.controller.lock_driver import LockDriver
from hardware.controller.modbus_locks import ModbusLockDriver

DRIVERS: dict[str, Callable[[str, int], LockDriver]] = {
    "modbus": ModbusLockDriver,
    "kerong-cu16": lambda device, baud: KerongLockDriver(device, baud, Dialect.SHORT),
    "kerong-cu48": lambda device, baud: KerongLockDriver(device, baud, Dialect.LONG),
}
"""By name: device and baud rate to a driver."""
