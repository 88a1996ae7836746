"""Neither end opens a session with somebody who does not hold the key."""

from __future__ import annotations

import osdp

from hardware.osdp import events
from hardware.osdp.control_panel import ControlPanel
from hardware.simulator.line import SimulatedLine
from tests.hardware.osdp.libosdp_process import Libosdp, OurEnd
from tests.hardware.osdp.virtual_bus import KEY, config, peripheral

OTHER_KEY = bytes(range(100, 116))


def test_our_panel_refuses_libosdp_with_another_key(line: SimulatedLine) -> None:
    theirs = Libosdp("peripheral", line.path("theirs"), 1, OTHER_KEY)
    ours = OurEnd(line, "ours", ControlPanel([config(1, KEY)]))
    try:
        assert ours.wait_for_event(events.KeyMismatch).address == 1
        assert ours.heard(events.Online) == []
    finally:
        ours.close()
        theirs.close()


def test_our_peripheral_gives_libosdp_with_another_key_nothing(line: SimulatedLine) -> None:
    ours = OurEnd(line, "ours", peripheral(1, KEY))
    theirs = Libosdp("panel", line.path("theirs"), 1, OTHER_KEY)
    try:
        given_up = theirs.wait_event(osdp.Event.Notification)
        assert given_up["arg0"] == 0  # offline
        assert ours.heard(events.Online) == []
        assert not ours.loop.peripheral.is_online
    finally:
        theirs.close()
        ours.close()
