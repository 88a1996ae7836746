"""The RS-485 lines: a thread each with an OSDP control panel; its controllers' messages are answered at once."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import serial

from hardware.event_kinds import EventKind
from hardware.line.capture import Capture
from hardware.line.loop import BusLoop
from hardware.lotserver.config import ControllerConfig, LineConfig, ServerConfig
from hardware.lotserver.controllers import Conversation, OrderDone
from hardware.lotserver.locks import Locks
from hardware.lotserver.store import Store
from hardware.osdp import events
from hardware.osdp.commands import Manufacturer
from hardware.osdp.control_panel import ControlPanel
from hardware.osdp.messages import Message
from hardware.osdp.panel_link import PeripheralConfig
from hardware.osdp.timing import PanelTiming
from hardware.osdp.vendor import QueryStatus, Raise, Test, Unlock, read_command

log = logging.getLogger(__name__)
OPEN_AGAIN_AFTER = 0.5
MESSAGE_LIFETIME = 10.0
"""Seconds after which a verdict or an order that could not be delivered is worth nothing any more."""


NotDelivered = Callable[[int], None]


class LineLost(Exception):
    """The port is gone: an adapter was pulled out."""


class _Port(serial.Serial):  # type: ignore[misc]  # pyserial is untyped
    """A port that fails loudly when it cannot be opened again, so that the line can tell."""

    opened = False

    def open(self) -> None:
        try:
            super().open()
        except (OSError, serial.SerialException) as error:
            if self.opened:
                raise LineLost(str(error)) from error
            raise
        self.opened = True


class Line:
    """One line. ``start`` returns at once; the port is opened as soon as it is there, and again when it was lost."""

    def __init__(
        self,
        config: ServerConfig,
        line: LineConfig,
        store: Store,
        locks: Locks,
        order_done: OrderDone,
        not_delivered: NotDelivered = lambda number: None,
    ) -> None:
        self._config = config
        self._line = line
        self._not_delivered = not_delivered
        self._heard: dict[int, bool] = {}
        """Addresses that the platform has been told of, and whether as online."""
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
        if loop := self._loop:
            loop.stop()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def send(self, address: int, message: Message) -> bool:
        """Tell a controller something, before the round goes on. False where the line is down."""
        if not (loop := self._loop):
            return False
        loop.send(address, message, expires_in=MESSAGE_LIFETIME)
        return True

    def tell_silent(self) -> None:
        """Controllers that have not been heard since the start are told as offline, once."""
        for address, controller in self._controllers.items():
            if address not in self._heard:
                self._tell_state(controller, online=False, reason="no_answer")

    def _run(self) -> None:
        """Nothing but :meth:`stop` ends the line."""
        while not self._stopping.is_set():
            try:
                self._work()
            except Exception as error:
                log.log(
                    logging.WARNING if isinstance(error, LineLost) else logging.ERROR,
                    "line %s: %r",
                    self._line.number,
                    error,
                )
                self._guarded(self._tell_all_offline)
            self._loop = None
            self._stopping.wait(OPEN_AGAIN_AFTER)

    def _work(self) -> None:
        port = self._open()
        if port is None:
            return
        panel = ControlPanel(
            [PeripheralConfig(c.address, c.scbk) for c in self._line.controllers], PanelTiming(baud=self._line.baud)
        )
        capture = self._capture()
        loop = self._loop = BusLoop(port, panel, self._event, capture)
        if self._stopping.is_set():  # stop() came before there was a loop to stop
            loop.stop()
        try:
            loop.run()
        finally:
            if capture:
                capture.close()
            with contextlib.suppress(OSError):
                port.close()

    def _capture(self) -> Capture | None:
        """Where one is wanted and the disk takes it: the line works in any case."""
        if self._config.capture:
            try:
                return Capture(self._config.capture, self._line.number)
            except OSError as error:
                log.warning("line %s cannot be captured: %r", self._line.number, error)
        return None

    def _open(self) -> serial.Serial | None:
        while not self._stopping.is_set():
            try:
                return _Port(self._line.device, self._line.baud, timeout=0)
            except (OSError, serial.SerialException):
                self._stopping.wait(OPEN_AGAIN_AFTER)
        return None

    def _tell_all_offline(self) -> None:
        for address, controller in self._controllers.items():
            if self._heard.get(address):
                self._tell_state(controller, online=False, reason="line_down")

    def _guarded(self, step: Callable[[], None]) -> None:
        """An error must not end the line: it is logged with its cause, and the controller repeats itself."""
        try:
            step()
        except Exception:
            log.exception("line %s: something could not be dealt with", self._line.number)

    def _event(self, event: events.Event) -> None:
        self._guarded(lambda: self._handle(event))

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
            case events.CommandFailed():
                self._undelivered(event)
            case events.Rejected():
                self._reject(controller, str(event.reason))

    def _answer(self, event: events.VendorMessage) -> None:
        answer = self._talks[event.address].answer(event.number, event.message)
        if loop := self._loop:
            loop.send(event.address, answer, acknowledges=event.number, expires_in=MESSAGE_LIFETIME)

    def _undelivered(self, event: events.CommandFailed) -> None:
        if isinstance(event.command, Manufacturer):
            message = read_command(event.command).message
            if isinstance(message, Unlock | Raise | Test):
                self._not_delivered(message.command)

    def _tell_state(self, controller: ControllerConfig, *, online: bool, reason: str) -> None:
        log.info("controller %s %s %s", controller.code, "online" if online else "offline", reason)
        self._heard[controller.address] = online
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

    def __init__(self, config: ServerConfig, store: Store) -> None:
        self._addresses = {c.code: (line.number, c.address) for line in config.lines for c in line.controllers}
        self._lines: dict[int, Line] = {}
        self._store = store

    def add(self, number: int, line: Line) -> None:
        self._lines[number] = line

    def start(self) -> None:
        for line in self._lines.values():
            line.start()

    def stop(self) -> None:
        for line in self._lines.values():
            line.stop()

    def send(self, controller: str, message: Message) -> bool:
        """False where the controller's line is down."""
        number, address = self._addresses[controller]
        return self._lines[number].send(address, message)

    def tell_silent(self) -> None:
        for line in self._lines.values():
            line.tell_silent()

    def next_command(self) -> int:
        """A number for an order to a controller, 1 to 65535.

        Kept on disk: controllers know orders by it, and one after a restart must not look like one before.
        """
        with self._store.writing() as write:
            number = int(self._store.meta("command_number", "0")) % 0xFFFF + 1
            write.meta("command_number", str(number))
        return number
