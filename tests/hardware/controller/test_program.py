"""The shipping controller program in a process of its own: a panel on its OSDP line, locks on its Modbus bus."""

from __future__ import annotations

import queue
import threading
import time

import pytest
import serial

from hardware.line.loop import BusLoop
from hardware.osdp import events, vendor
from hardware.osdp.control_panel import ControlPanel
from hardware.osdp.panel_link import PeripheralConfig
from hardware.osdp.vendor import EmergencyReason, LockStatus, Outcome
from hardware.simulator.config import ControllerConfig, LockConfig
from hardware.simulator.controllers import SimulatedController
from hardware.simulator.devices import SimulatedLock
from hardware.simulator.line import SimulatedLine

SCBK = bytes(range(16))
PATIENCE = 20.0


class Panel:
    """A lot server's side of the line: keeps what controllers say, acknowledging it."""

    def __init__(self, device):
        self.messages = queue.Queue()
        self.online = threading.Event()
        self.offline = threading.Event()
        self.loop = BusLoop(
            serial.Serial(device, 38400, timeout=0), ControlPanel([PeripheralConfig(1, SCBK)]), self._event
        )
        self._thread = threading.Thread(target=self.loop.run)
        self._thread.start()
        self._seen = set()

    def _event(self, event):
        match event:
            case events.Online():
                self.online.set()
            case events.Offline():
                self.offline.set()
            case events.VendorMessage():
                self.loop.acknowledge(1, event.number)
                if event.number not in self._seen:
                    self._seen.add(event.number)
                    self.messages.put(event.message)

    def next(self, kind, **fields):
        """The next message of this kind with these fields; others are passed over."""
        until = time.monotonic() + PATIENCE
        while True:
            message = self.messages.get(timeout=until - time.monotonic())
            if isinstance(message, kind) and all(getattr(message, n) == v for n, v in fields.items()):
                return message

    def stop(self):
        self.loop.stop()
        self._thread.join()


@pytest.fixture
def lot(tmp_path_factory):
    directory = tmp_path_factory.mktemp("c")
    locks = {"A-01": SimulatedLock("A-01"), "A-02": SimulatedLock("A-02")}
    config = ControllerConfig("c1", 1, 1, SCBK.hex(), [LockConfig("A-01", 3), LockConfig("A-02", 4)])
    shown = threading.Condition()

    def on_change():
        with shown:
            shown.notify_all()

    with SimulatedLine(["server", "c1"], 38400) as line:
        controller = SimulatedController(
            config,
            line=line,
            line_baud=38400,
            locks=locks,
            directory=directory,
            log=directory / "log",
            on_change=on_change,
        )
        controller.shown = shown
        controller.start()
        panel = Panel(line.path("server"))
        try:
            assert panel.online.wait(PATIENCE), (directory / "log").read_text()
            panel.next(vendor.Status)
            yield controller, panel, locks
        finally:
            panel.stop()
            controller.stop()


def test_swipe_verdict_unlock_and_report(lot):
    controller, panel, locks = lot
    assert controller.panel.hold_card(b"credential")
    swipe = panel.next(vendor.Swipe)
    assert swipe.credential == b"credential"
    panel.loop.send(1, vendor.Open(swipe.request, lock=1))
    report = panel.next(vendor.LockReport, request=swipe.request)
    assert (report.lock, report.outcome, report.tries) == (1, Outcome.OPENED, 1)
    assert (locks["A-01"].position, locks["A-02"].position) == ("raised", "lowered")


def test_directions_are_shown_in_chinese(lot):
    controller, panel, _ = lot
    with controller.shown:
        controller.panel.hold_card(b"credential")
        swipe = panel.next(vendor.Swipe)
        panel.loop.send(1, vendor.Elsewhere(swipe.request, "您的车位是 A-12"))
        assert controller.shown.wait_for(lambda: controller.panel.text == "您的车位是 A-12", PATIENCE)


def test_button_calls_for_help(lot):
    controller, panel, _ = lot
    assert controller.panel.press_button()
    assert panel.next(vendor.Emergency).reason == EmergencyReason.BUTTON


def test_vehicle_and_fault_are_reported_unasked(lot):
    _, panel, locks = lot
    locks["A-01"].vehicle_present = True
    report = panel.next(vendor.LockReport, lock=0)
    assert report.outcome == Outcome.CHANGED
    assert LockStatus(report.status) == LockStatus.RAISED | LockStatus.VEHICLE
    locks["A-02"].silent = True
    assert LockStatus(panel.next(vendor.LockReport, lock=1).status) == LockStatus.UNREACHABLE


def test_power_loss_in_mid_unlock_ends_in_a_known_state(lot):
    controller, panel, locks = lot
    locks["A-01"].jam(True)
    panel.next(vendor.LockReport, lock=0)
    panel.loop.send(1, vendor.Unlock(77, lock=0))
    controller.panel.hold_card(b"marker")
    panel.next(vendor.Swipe)  # the order before it has been taken
    controller.power(False)
    assert panel.offline.wait(PATIENCE)
    panel.online.clear()
    controller.power(True)
    assert panel.online.wait(PATIENCE)
    report = panel.next(vendor.LockReport, command=77)
    assert (report.outcome, LockStatus(report.status)) == (Outcome.FAILED, LockStatus.JAMMED)
    status = panel.next(vendor.Status, flags=int(vendor.StatusFlag.STARTED))
    assert LockStatus(status.locks[0]) == LockStatus.JAMMED
