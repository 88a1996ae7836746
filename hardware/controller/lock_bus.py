"""The lock bus: a thread that owns it, whatever driver its locks need."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

from hardware.controller.lock_driver import LockDriver, LockUnreachable
from hardware.osdp.vendor import LockStatus

log = logging.getLogger(__name__)

UNREACHABLE_AFTER = 3
"""Reads in a row without an answer before a lock counts as unreachable."""


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

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

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
