"""The controller program: threads for the line, the lock bus and the panel feed one queue; one loop obeys the rules."""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterable

import serial

from hardware.controller.actions import Drive, Show, Tell
from hardware.controller.config import ControllerConfig
from hardware.controller.core import ControllerCore, Output
from hardware.controller.journal import Journal
from hardware.controller.lock_bus import LockBus
from hardware.controller.lock_driver import LockDriver
from hardware.controller.lock_jobs import LockJobs
from hardware.controller.notices import notice_of
from hardware.controller.panel import Panel, PanelEvent
from hardware.controller.verification import Verification
from hardware.controller.watchdog import Watchdog
from hardware.line.loop import PeripheralLoop
from hardware.osdp import events
from hardware.osdp.peripheral import Credentials, Peripheral
from hardware.osdp.peripheral_rules import Facts
from hardware.osdp.replies import PdId
from hardware.osdp.vendor import BERTH, LockStatus

log = logging.getLogger(__name__)
Step = Callable[[float], list[Output]]


class ControllerProgram:
    """``run`` until ``stop``. ``driver`` and ``panel`` are the hardware behind its small interfaces."""

    def __init__(self, config: ControllerConfig, *, driver: LockDriver, panel: Panel) -> None:
        self._core = ControllerCore(
            LockJobs(len(config.units), config.lock_times),
            Verification(config.verification_times, request=secrets.randbelow(0xFFFF)),
        )
        self._journal = Journal(config.journal) if config.journal else None
        if self._journal:
            self._core.locks.restore(self._journal.read())
        self._watchdog = Watchdog()
        self._line_failed = False
        self._steps: queue.SimpleQueue[Step | None] = queue.SimpleQueue()
        self._panel = panel
        self._bus = LockBus(driver, config.units, self._lock_status)
        identity = PdId(BERTH, model=1, version=1, serial=config.address, firmware=(1, 0, 0))
        peripheral = Peripheral(config.address, Facts(identity, baud=config.line_baud), Credentials(config.scbk))
        port = serial.Serial(config.line_device, config.line_baud, timeout=0)
        self._line = PeripheralLoop(port, peripheral, self._line_event)
        self._line_thread = threading.Thread(target=self._run_line, name="osdp", daemon=True)

    def run(self) -> int:
        """Obey the rules until :meth:`stop`. The process's exit status: 1 where the line has failed for good."""
        self._panel.start(self._panel_event)
        self._panel.show(notice_of("offline"))
        self._bus.start()
        self._line_thread.start()
        self._watchdog.ready()
        try:
            self._obey()
        finally:
            self._line.stop()
            self._bus.stop()
            self._panel.stop()
            self._line_thread.join(timeout=2)
        return int(self._line_failed)

    def _run_line(self) -> None:
        """Without its line a controller is of no use: better to end, and be started again, than to live on deaf."""
        try:
            self._line.run()
        except Exception:
            log.exception("the line has failed")
            self._line_failed = True
            self.stop()

    def stop(self) -> None:
        """From any thread or a signal handler."""
        self._steps.put(None)

    def _obey(self) -> None:
        while True:
            if self._bus.alive and self._line_thread.is_alive():
                self._watchdog.alive()
            try:
                step = self._steps.get(timeout=self._longest_wait())
            except queue.Empty:
                self._do(self._core.tick(time.monotonic()))
                continue
            if step is None:
                return
            self._do(step(time.monotonic()))

    def _longest_wait(self) -> float | None:
        deadline = self._core.deadline
        wait = None if deadline is None else max(0.0, deadline - time.monotonic())
        return min((seconds for seconds in (wait, self._watchdog.interval) if seconds is not None), default=None)

    def _do(self, outputs: Iterable[Output]) -> None:
        if self._journal:
            self._journal.write(self._core.under_way)  # before a lock moves
        for output in outputs:
            match output:
                case Drive(lock=lock, lower=lower):
                    self._bus.drive(lock, lower)
                case Show():
                    self._panel.show(notice_of(output.key, output.text))
                case Tell(message=message):
                    log.info("tell %s", message)
                    self._line.tell_vendor(message)
                case _:
                    self._line.tell_vendor(output)

    # Called in other threads: each only queues a step for the loop above.

    def _panel_event(self, event: PanelEvent) -> None:
        self._steps.put(lambda now: self._core.on_panel(event, now))

    def _lock_status(self, lock: int, status: LockStatus) -> None:
        self._steps.put(lambda now: self._core.on_lock_status(lock, status, now))

    def _line_event(self, event: events.Event) -> None:
        match event:
            case events.VendorMessage(message=message):
                self._steps.put(lambda now: self._core.on_message(message, now))
            case events.Online():
                self._steps.put(lambda now: self._core.on_line(True, now))
            case events.Offline():
                self._steps.put(lambda now: self._core.on_line(False, now))
            case events.Rejected() | events.KeyMismatch() | events.Replayed():
                log.warning("line: %s", event)
