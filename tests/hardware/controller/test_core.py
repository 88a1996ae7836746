"""The rules together: one controller's whole behaviour in virtual time."""

from __future__ import annotations

from hardware.controller.actions import Drive, Show, Tell
from hardware.controller.core import ControllerCore
from hardware.controller.lock_jobs import LockJobs
from hardware.controller.panel import ButtonPressed, CardShown
from hardware.osdp import vendor
from hardware.osdp.vendor import Emergency, EmergencyReason, LockReport, LockStatus, Outcome, Status, StatusFlag


def core(count=2):
    return ControllerCore(LockJobs(count))


def shown(outputs):
    return [o.key or o.text for o in outputs if isinstance(o, Show)]


def test_swipe_to_open_lock():
    controller = core()
    controller.on_panel(CardShown(b"card"), 0)
    outputs = controller.on_message(vendor.Open(1, lock=1), 0.2)
    assert [o for o in outputs if isinstance(o, Drive)] == [Drive(1, True)]
    outputs = controller.on_lock_status(1, LockStatus.LOWERED, 1.5)
    assert [o.message for o in outputs if isinstance(o, Tell)] == [
        LockReport(1, 0, 1, Outcome.OPENED, LockStatus.LOWERED, 1, 130)
    ]
    assert shown(outputs) == ["open"]


def test_display_returns_to_ready():
    controller = core()
    controller.on_line(True, 0)
    controller.on_panel(CardShown(b"card"), 0)
    controller.on_message(vendor.Elsewhere(1, "→ 2"), 0.2)
    assert controller.deadline == 20.2
    assert shown(controller.tick(20.2)) == ["ready"]
    assert controller.deadline is None


def test_button_calls_for_help():
    outputs = core().on_panel(ButtonPressed(), 0)
    assert outputs == [Tell(Emergency(0, EmergencyReason.BUTTON)), Show("help_is_called", seconds=60)]


def test_lost_line_is_shown():
    controller = core()
    assert shown(controller.on_line(True, 0)) == ["ready"]
    assert shown(controller.on_line(False, 5)) == ["offline"]
    assert controller.on_line(False, 6) == []


def test_start_is_reported_once_all_locks_are_read():
    controller = core(2)
    assert controller.on_lock_status(0, LockStatus.RAISED, 0)[1:] == []
    outputs = controller.on_lock_status(1, LockStatus.UNREACHABLE, 0)
    assert outputs[-1] == Status((LockStatus.RAISED, LockStatus.UNREACHABLE), StatusFlag.STARTED)
    assert [o for o in controller.on_lock_status(1, LockStatus.RAISED, 1) if isinstance(o, Status)] == []


def test_query_is_answered_with_every_lock():
    controller = core(2)
    controller.on_lock_status(0, LockStatus.RAISED, 0)
    assert controller.on_message(vendor.QueryStatus(), 1) == [Status((LockStatus.RAISED, LockStatus.UNREACHABLE))]


def test_order_from_the_lot_drives_the_lock():
    assert core().on_message(vendor.Unlock(7, lock=0), 0) == [Drive(0, True)]
    assert core().on_message(vendor.Raise(8, lock=1), 0) == [Drive(1, False)]


def test_button_pressed_again_and_again_is_one_call():
    controller = core()
    outputs = [controller.on_panel(ButtonPressed(), now) for now in (0, 1, 4.9, 5.0, 9)]
    assert [[type(o) for o in step] for step in outputs] == [[Tell, Show], [Show], [Show], [Tell, Show], [Show]]
