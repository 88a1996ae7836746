"""The lock bus: Modbus RTU over RS-485, this controller the only master.

Register map of a lock (one unit each): coil 0 commands it (1 lower, 0 raise); discrete inputs 0 raised · 1 lowered ·
2 jammed · 3 vehicle present · 4 battery low.
"""

from __future__ import annotations

import logging
import queue
import struct
import threading
import time
from collections.abc import Callable
from typing import Protocol

from pymodbus import ModbusException
from pymodbus.client import ModbusSerialClient
from pymodbus.pdu import ModbusPDU

from hardware.osdp.vendor import LockStatus

log = logging.getLogger(__name__)

COMMAND_COIL = 0
INPUTS = (LockStatus.RAISED, LockStatus.LOWERED, LockStatus.JAMMED, LockStatus.VEHICLE, LockStatus.BATTERY_LOW)
UNREACHABLE_AFTER = 3
"""Reads in a row without an answer before a lock counts as unreachable."""


class LockDriver(Protocol):
    """One make of lock. Both calls block for at most a second and raise LockUnreachable."""

    def drive(self, unit: int, lower: bool) -> None: ...
    def read(self, unit: int) -> LockStatus: ...
    def close(self) -> None: ...


class LockUnreachable(Exception):
    """The lock did not answer, or not intelligibly."""


class ModbusLockDriver:
    """Locks on Modbus RTU."""

    def __init__(self, device: str, baud: int, timeout: float = 0.25) -> None:
        self._client = ModbusSerialClient(device, baudrate=baud, timeout=timeout, retries=1)

    def drive(self, unit: int, lower: bool) -> None:
        self._ask(lambda: self._client.write_coil(COMMAND_COIL, lower, device_id=unit))

    def read(self, unit: int) -> LockStatus:
        answer = self._ask(lambda: self._client.read_discrete_inputs(0, count=len(INPUTS), device_id=unit))
        status = LockStatus(0)
        for flag, on in zip(INPUTS, answer.bits, strict=False):
            if on:
                status |= flag
        return status

    def _ask(self, request: Callable[[], ModbusPDU]) -> ModbusPDU:
        """The answer; after a failure the port is opened anew, because the client keeps noise that it has read."""
        try:
            self._connect()
            answer = request()
        except LockUnreachable:
            raise
        except (ModbusException, OSError, ValueError, LookupError, struct.error) as error:  # noise decodes to anything
            self.close()
            raise LockUnreachable(str(error)) from error
        if answer.isError():
            raise LockUnreachable(str(answer))
        return answer

    def close(self) -> None:
        self._client.close()  # type: ignore[no-untyped-call]  # pymodbus leaves it unannotated

    def _connect(self) -> None:
        if not self._client.connected and not self._client.connect():
            raise LockUnreachable("the port does not open")


class LockBus:
    """A thread that owns the bus: orders go first, then every lock is read in turn, moving ones more often."""

    def __init__(
        self,
        driver: LockDriver,
        units: tuple[int, ...],
        on_status: Callable[[int, LockStatus], None],
        *,
        idle_interval: float = 1.0,
        moving_interval: float = 0.15,
    ) -> None:
        self._driver = driver
        self._units = units
        self._on_status = on_status
        self._idle_interval = idle_interval
        self._moving_interval = moving_interval
        self._orders: queue.SimpleQueue[tuple[int, bool] | None] = queue.SimpleQueue()
        self._moving: dict[int, float] = {}
        self._silent = dict.fromkeys(range(len(units)), 0)
        self._thread = threading.Thread(target=self._run, name="lock-bus", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._orders.put(None)
        self._thread.join(timeout=3)
        self._driver.close()

    def drive(self, lock: int, lower: bool) -> None:
        """Queue an order; what came of it is seen in the status that follows."""
        self._orders.put((lock, lower))

    def _run(self) -> None:
        next_round = time.monotonic()
        while True:
            now = time.monotonic()
            self._moving = {lock: until for lock, until in self._moving.items() if until > now}
            pause = self._moving_interval if self._moving else max(0.0, next_round - now)
            try:
                order = self._orders.get(timeout=pause) if pause else self._orders.get_nowait()
            except queue.Empty:
                if time.monotonic() >= next_round:
                    next_round = time.monotonic() + self._idle_interval
                    self._guarded(lambda: self._read_all(range(len(self._units))))
                else:
                    self._guarded(lambda: self._read_all(list(self._moving)))
                continue
            if order is None:
                return
            self._guarded(lambda: self._execute(*order))  # noqa: B023 (called before the next)

    def _guarded(self, step: Callable[[], None]) -> None:
        """Without this thread no lock moves: nothing may end it."""
        try:
            step()
        except Exception:
            log.exception("lock bus")

    def _execute(self, lock: int, lower: bool) -> None:
        try:
            self._driver.drive(self._units[lock], lower)
        except LockUnreachable as error:
            log.warning("lock unit %s: order not taken: %s", self._units[lock], error)
        self._moving[lock] = time.monotonic() + 6.0

    def _read_all(self, locks: range | list[int]) -> None:
        for lock in locks:
            if not self._orders.empty():
                return
            self._read(lock)

    def _read(self, lock: int) -> None:
        try:
            status = self._driver.read(self._units[lock])
        except LockUnreachable:
            self._silent[lock] += 1
            if self._silent[lock] < UNREACHABLE_AFTER:
                return
            status = LockStatus.UNREACHABLE
        else:
            self._silent[lock] = 0
        self._on_status(lock, status)
