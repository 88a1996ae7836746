"""Loops that run a control panel or a peripheral on a serial port.

A loop belongs to one thread (:meth:`_Loop.run`); its other methods may be called from any thread and take effect at
once, because they wake the loop. Waiting is done in ``select``, so an idle line costs next to nothing.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from serial import SerialException

from hardware.line.capture import Capture
from hardware.osdp.control_panel import ControlPanel
from hardware.osdp.events import Event
from hardware.osdp.messages import Message
from hardware.osdp.peripheral import Peripheral

#: How long to wait before a port that failed (unplugged) is opened again.
REOPEN_AFTER = 0.5
LONGEST_WAIT = 1.0
READ_SIZE = 4096


class Port(Protocol):
    """What is used of ``serial.Serial``. Bytes go straight through its descriptor: its own calls take as long as all
    the rest of an exchange.
    """

    def fileno(self) -> int: ...
    def open(self) -> None: ...
    def close(self) -> None: ...


def be_prompt() -> None:
    """Let this thread run as soon as its line needs it, where the system allows that (root, or CAP_SYS_NICE)."""
    if hasattr(os, "SCHED_RESET_ON_FORK"):  # Linux; what the thread starts does not inherit it
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))


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
        be_prompt()
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

    @contextlib.contextmanager
    def _awakening(self) -> Iterator[None]:
        with self._lock:
            yield
            self._wake()

    def _turn(self) -> list[Event]:
        """Read, think, write; wait only when there are no events to handle first."""
        events: list[Event] = []
        try:
            data = self._read() if self._readable else b""
            with self._lock:
                events, output, deadline = self._step(data, time.monotonic())
            if output:
                self._write(output)
                self._prepare()
            if not events:
                self._wait(deadline)
        except (SerialException, OSError):
            self.failures += 1
            self._reopen()
        return events

    def _read(self) -> bytes:
        self._readable = False
        data = os.read(self.port.fileno(), READ_SIZE)
        if not data:
            raise OSError("the port is gone: it is ready and has nothing")
        return data

    def _write(self, data: bytes) -> None:
        """A port takes a frame whole; one so stuck that it does not loses the rest, which a repetition makes good."""
        with contextlib.suppress(BlockingIOError):
            os.write(self.port.fileno(), data)

    def _wait(self, deadline: float) -> None:
        wait = min(max(0.0, deadline - time.monotonic()), LONGEST_WAIT)
        ready, _, _ = select.select([self.port.fileno(), self._wake_read], [], [], wait)
        self._readable = self.port.fileno() in ready
        if self._wake_read in ready:
            os.read(self._wake_read, READ_SIZE)

    def _step(self, data: bytes, now: float) -> tuple[list[Event], bytes | None, float]:
        raise NotImplementedError

    def _prepare(self) -> None:
        """What can be done while the bits are on their way."""

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

    def __init__(
        self, port: Port, panel: ControlPanel, on_event: Callable[[Event], None], capture: Capture | None = None
    ) -> None:
        super().__init__(port, on_event)
        self.panel = panel
        self._capture = capture

    def _read(self) -> bytes:
        data = super()._read()
        if self._capture:
            self._capture.heard(data)
        return data

    def _write(self, data: bytes) -> None:
        super()._write(data)
        if self._capture:
            self._capture.said(data)

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

    def _prepare(self) -> None:
        with self._lock:
            self.panel.prepare()


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
