"""Loops that run a control panel or a peripheral on a serial port.

A loop belongs to one thread (:meth:`_Loop.run`); its other methods may be called from any thread and take effect at
once, because they wake the loop. Waiting is done in ``select``, so an idle line costs next to nothing.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from serial import SerialException

from hardware.osdp.control_panel import ControlPanel
from hardware.osdp.events import Event
from hardware.osdp.messages import Message
from hardware.osdp.peripheral import Peripheral

#: How long to wait before a port that failed (unplugged) is opened again.
REOPEN_AFTER = 0.5
LONGEST_WAIT = 1.0
READ_SIZE = 4096


class Port(Protocol):
    """What is used of ``serial.Serial``, opened with ``timeout=0``."""

    def fileno(self) -> int: ...
    def read(self, size: int = ..., /) -> bytes: ...
    def write(self, data: bytes, /) -> int | None: ...
    def open(self) -> None: ...
    def close(self) -> None: ...


class _Loop:
    def __init__(self, port: Port, on_event: Callable[[Event], None]) -> None:
        self.port = port
        self.on_event = on_event
        self.failures = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._readable = False
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    def run(self) -> None:
        """Until :meth:`stop`. Survives a port that disappears; whatever ``on_event`` raises ends the loop."""
        try:
            while not self._stopping.is_set():
                for event in self._turn():
                    self.on_event(event)
        finally:
            with self._lock:
                os.close(self._wake_read)
                os.close(self._wake_write)
                self._wake_write = -1

    def stop(self) -> None:
        """End :meth:`run`, from any thread."""
        self._stopping.set()
        with self._lock:
            self._wake()

    def _wake(self) -> None:
        if self._wake_write >= 0:
            try:
                os.write(self._wake_write, b"\0")
            except BlockingIOError:
                pass  # the pipe is full of wake-ups already

    @contextmanager
    def _awakening(self) -> Iterator[None]:
        with self._lock:
            yield
            self._wake()

    def _turn(self) -> list[Event]:
        """Read, think, write; wait only when there are no events to handle first."""
        events: list[Event] = []
        try:
            data = self.port.read(READ_SIZE) if self._readable else b""
            self._readable = False
            with self._lock:
                events, output, deadline = self._step(data, time.monotonic())
            if output:
                self.port.write(output)
            if not events:
                self._wait(deadline)
        except (SerialException, OSError):
            self.failures += 1
            self._reopen()
        return events

    def _wait(self, deadline: float) -> None:
        wait = min(max(0.0, deadline - time.monotonic()), LONGEST_WAIT)
        ready, _, _ = select.select([self.port.fileno(), self._wake_read], [], [], wait)
        self._readable = self.port.fileno() in ready
        if self._wake_read in ready:
            os.read(self._wake_read, READ_SIZE)

    def _step(self, data: bytes, now: float) -> tuple[list[Event], bytes | None, float]:
        raise NotImplementedError

    def _reopen(self) -> None:
        while not self._stopping.wait(REOPEN_AFTER):
            try:
                self.port.close()
                self.port.open()
            except (SerialException, OSError):
                continue
            return


class BusLoop(_Loop):
    """Runs the control panel of one bus.

    ``on_event`` is called in the loop's thread, before the bus goes on: what it queues in answer to a card goes next.
    """

    def __init__(self, port: Port, panel: ControlPanel, on_event: Callable[[Event], None]) -> None:
        super().__init__(port, on_event)
        self.panel = panel

    def queue(self, address: int, command: Message, *, expires_in: float | None = None) -> int:
        """See :meth:`.ControlPanel.queue`; ``expires_in`` is in seconds from now."""
        with self._awakening():
            return self.panel.queue(address, command, expires_at=_after(expires_in))

    def send(self, address: int, message: Message, *, acknowledges: int = 0, expires_in: float | None = None) -> int:
        """See :meth:`.ControlPanel.send`."""
        with self._awakening():
            return self.panel.send(address, message, acknowledges=acknowledges, expires_at=_after(expires_in))

    def acknowledge(self, address: int, number: int) -> int:
        """See :meth:`.ControlPanel.acknowledge`."""
        with self._awakening():
            return self.panel.acknowledge(address, number)

    def _step(self, data: bytes, now: float) -> tuple[list[Event], bytes | None, float]:
        """With events at hand nothing is sent yet: their handler may have something more urgent."""
        events = self.panel.receive(data, now)
        output = None if events else self.panel.next_output(now)
        return events, output, self.panel.next_deadline()


class PeripheralLoop(_Loop):
    """Runs a peripheral. ``on_event`` is called in the loop's thread, after the reply has gone out."""

    def __init__(self, port: Port, peripheral: Peripheral, on_event: Callable[[Event], None]) -> None:
        super().__init__(port, on_event)
        self.peripheral = peripheral

    def tell(self, reply: Message) -> None:
        """See :meth:`.Peripheral.tell`."""
        with self._awakening():
            self.peripheral.tell(reply)

    def tell_vendor(self, message: Message) -> int:
        """See :meth:`.Peripheral.tell_vendor`."""
        with self._awakening():
            return self.peripheral.tell_vendor(message)

    def withdraw_vendor(self, number: int) -> bool:
        """See :meth:`.Peripheral.withdraw_vendor`."""
        with self._lock:
            return self.peripheral.withdraw_vendor(number)

    def _step(self, data: bytes, now: float) -> tuple[list[Event], bytes | None, float]:
        events = self.peripheral.receive(data, now)
        return events, self.peripheral.next_output(), self.peripheral.next_deadline()


def _after(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds
