"""libosdp's control panel on the line of a benchmark, judging at once: every swipe may open the lock it is told.

Argument: {"device", "baud", "keys": {"1": hex, …}}. It ends with its input.
"""

from __future__ import annotations

import json
import os
import select
import sys
from typing import Any

import osdp

from hardware.osdp import vendor
from hardware.osdp.replies import ManufacturerReply
from tests.hardware.osdp.libosdp_peer import WholeFrames

TURN = 0.001
"""Seconds between two looks at the line; libosdp's own binding takes 0.02."""


def main() -> None:
    order = json.loads(sys.argv[1])
    channel = WholeFrames(order["device"], order["baud"])
    infos = [
        osdp.PDInfo(
            int(address), channel, scbk=bytes.fromhex(key), flags=[osdp.LibFlag.EnforceSecure],
            id=osdp.PdId(1, 2, 0x425448, 77, 0x010203),
        )
        for address, key in order["keys"].items()
    ]  # fmt: skip
    answers: list[tuple[int, dict[str, Any]]] = []

    def on_event(number: int, event: dict[str, Any]) -> int:
        if event["event"] == osdp.Event.ManufacturerReply:
            envelope = vendor.read_reply(ManufacturerReply(vendor.BERTH, bytes(event["data"])))
            message = envelope.message
            if isinstance(message, vendor.Swipe):
                lock = int(message.credential[-1])
                answers.append((number, carried(vendor.Open(message.request, lock), envelope.number)))
            else:
                answers.append((number, carried(vendor.Acknowledge(), envelope.number)))
        return 0

    panel = osdp.ControlPanel(infos, osdp.LogLevel.Error, event_handler=on_event)
    everyone = (1 << len(infos)) - 1
    told = False
    while True:
        ready, _, _ = select.select([0], [], [], TURN)
        if ready and not os.read(0, 65536):
            return
        panel.ctx.refresh()
        while answers:
            panel.ctx.submit_command(*answers.pop(0))
        if not told and panel.ctx.sc_status() == everyone:
            told = True
            print("online", flush=True)


def carried(message: Any, number: int) -> dict[str, Any]:
    """As libosdp names the fields of a manufacturer command."""
    command = vendor.to_controller(message, acknowledges=number)
    return {
        "command": osdp.Command.Manufacturer,
        "vendor_code": int.from_bytes(command.vendor, "little"),
        "data": command.data,
    }


if __name__ == "__main__":
    main()
