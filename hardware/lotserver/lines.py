"""The RS-485 lines: a thread each with an OSDP control panel; its controllers' messages are answered at once."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from typing import Any

import serial

from hardware.event_kinds import EventKind
from hardware.lotserver.config import ControllerConfig, LineConfig, ServerConfig
from hardware.lotserver.controllers import Conversation, OrderDone
from hardware.lotserver.locks import Locks
from hardware.lotserver.store import Store
from hardware.osdp import events
from hardware.osdp.bus import BusLoop
from hardware.osdp.control_panel import ControlPanel
from hardware.osdp.messages import Message
from hardware.osdp.panel_link import PeripheralConfig
from hardware.osdp.timing import PanelTiming
from hardware.osdp.vendor import QueryStatus

log = logging.getLogger(__name__)
OPEN_AGAIN_AFTER = 0.5
MESSAGE_LIFETIME = 10.0
"""Seconds after which a verdict or an order that could not be delivered is worth nothing any more."""


class Line:
    """One line. ``start`` returns at once; the port is opened as soon as it is there."""

    def __init__(
        self, config: ServerConfig, line: LineConfig, store: Store, locks: Locks, order_done: OrderDone
    ) -> None:
        self._line = line
        self._store = store
        self._controllers = {c.address: c for c in line.controllers}
        self._talks = {c.address: Conversation(config, c, store, locks, order_done) for c in line.controllers}
        self._stopping = threading.Event()
        self._loop: BusLoop | None = None
        self._thread = threading.Thread(target=self._run, name=f"line-{line.number}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._loop:
            self._loop.stop()
        self._thread.join(timeout=5)

    def send(self, address: int, message: Message) -> None:
        """Tell a controller something, before the round goes on; lost where the line is down for long."""
        if self._loop:
            self._loop.send(address, message, expires_in=MESSAGE_LIFETIME)

    def _run(self) -> None:
        port = self._open()
        if port is None:
            return
        panel = ControlPanel(
            [PeripheralConfig(c.address, c.scbk) for c in self._line.controllers], PanelTiming(baud=self._line.baud)
        )
        self._loop = BusLoop(port, panel, self._event)
        with contextlib.suppress(OSError):
            self._loop.run()
        port.close()

    def _open(self) -> serial.Serial | None:
        while not self._stopping.is_set():
            try:
                return serial.Serial(self._line.device, self._line.baud, timeout=0)
            except (OSError, serial.SerialException):
                self._stopping.wait(OPEN_AGAIN_AFTER)
        return None

    def _event(self, event: events.Event) -> None:
        """Never lets an error end the line: it is logged with its cause, and the controller repeats itself."""
        try:
            self._handle(event)
        except Exception:
            log.exception("line %s: %s could not be dealt with", self._line.number, type(event).__name__)

    def _handle(self, event: events.Event) -> None:
        controller = self._controllers[event.address]
        match event:
            case events.VendorMessage():
                self._answer(event)
            case events.Online():
                self._tell_state(controller, online=True, reason="")
                self.send(event.address, QueryStatus())
            case events.Offline():
                self._tell_state(controller, online=False, reason=str(event.reason))
            case events.KeyMismatch():
                self._tell_state(controller, online=False, reason="wrong_key")
            case events.ClearTextDevice():
                self._tell_state(controller, online=False, reason="clear_text")
            case events.AddressClash():
                self._tell_state(controller, online=False, reason="address_clash")
            case events.Rejected():
                self._reject(controller, str(event.reason))

    def _answer(self, event: events.VendorMessage) -> None:
        answer = self._talks[event.address].answer(event.number, event.message)
        if self._loop:
            self._loop.send(event.address, answer, acknowledges=event.number, expires_in=MESSAGE_LIFETIME)

    def _tell_state(self, controller: ControllerConfig, *, online: bool, reason: str) -> None:
        log.info("controller %s %s %s", controller.code, "online" if online else "offline", reason)
        self._tell(EventKind.CONTROLLER_CHANGED, controller=controller.code, online=online, reason=reason)

    def _reject(self, controller: ControllerConfig, reason: str) -> None:
        """Noise is normal and only counted; what looks like an attack is told, once a minute at most."""
        if reason not in ("mac", "clear_text", "key"):
            return
        with self._store.writing() as write:
            if write.first_time("osdp-rejected", f"{controller.code}:{reason}:{int(time.time() // 60)}", time.time()):
                write.event(EventKind.REJECTED, time.time(), source="osdp", reason=reason, detail=controller.code)

    def _tell(self, kind: EventKind, **payload: Any) -> None:
        with self._store.writing() as write:
            write.event(kind, time.time(), **payload)


class Lines:
    """All lines of the lot; finds the one that a spot's controller is on."""

    def __init__(self, config: ServerConfig) -> None:
        self._addresses = {c.code: (line.number, c.address) for line in config.lines for c in line.controllers}
        self._lines: dict[int, Line] = {}
        self._numbers = int.from_bytes(os.urandom(2), "big")
        self._guard = threading.Lock()

    def add(self, number: int, line: Line) -> None:
        self._lines[number] = line

    def start(self) -> None:
        for line in self._lines.values():
            line.start()

    def stop(self) -> None:
        for line in self._lines.values():
            line.stop()

    def send(self, controller: str, message: Message) -> None:
        number, address = self._addresses[controller]
        self._lines[number].send(address, message)

    def next_command(self) -> int:
        """A number for an order to a controller, 1 to 65535."""
        with self._guard:
            self._numbers = self._numbers % 0xFFFF + 1
            return self._numbers
