"""A line full of controllers in one process: shipping state tables as residents of the line, without their programs.

``python -m tests.bench.bus_row '{"baud", "addresses", "link", "seconds", "settle"}'`` prints one JSON object: ``wall``
and ``wire``, seconds of the median round, ``polls`` a second of each address, ``rounds``.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

from hardware.osdp.frames import SOM
from hardware.osdp.peripheral import Credentials, Peripheral
from hardware.osdp.peripheral_rules import Facts
from hardware.osdp.replies import PdId
from hardware.osdp.vendor import BERTH
from hardware.simulator.line import SimulatedLine
from tests.bench.bus_lot import scbk
from tests.bench.bus_wire import WireLog

ONLINE_PATIENCE = 60.0


class Row:
    """Peripherals behind one tap on the line. Each hears only what is for it: the others would ignore it anyway."""

    def __init__(self, addresses: list[int]) -> None:
        self.peripherals = {
            address: Peripheral(address, Facts(PdId(BERTH, 1, 1, address, (1, 0, 0))), Credentials(scbk(address)))
            for address in addresses
        }
        self._pending = b""

    def hear(self, portion: bytes, now: float) -> bytes:
        self._pending += portion
        if self._pending[0] != SOM:
            self._pending = b""
        if len(self._pending) < 4 or len(self._pending) < int.from_bytes(self._pending[2:4], "little"):
            return b""
        frame, self._pending = self._pending, b""
        peripheral = self.peripherals.get(frame[1])
        if peripheral is None:
            return b""
        peripheral.receive(frame, now)
        return peripheral.next_output() or b""

    @property
    def all_online(self) -> bool:
        return all(peripheral.is_online for peripheral in self.peripherals.values())


def main() -> None:
    order = json.loads(sys.argv[1])
    row = Row(order["addresses"])
    log = WireLog(order["baud"])
    line = SimulatedLine(["server"], order["baud"], links={"server": order["link"]}, residents={"row": row})
    line.listen(log.listen)
    with line:
        print("ready", flush=True)
        end = time.monotonic() + ONLINE_PATIENCE
        while not row.all_online and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(order["settle"])
        log.clear()
        time.sleep(order["seconds"])
        portions = list(log.portions)
    log.portions = portions
    rounds = [each for address in order["addresses"] for each in log.rounds(address)]
    print(
        json.dumps(
            {
                "online": row.all_online,
                "wall": statistics.median(wall for wall, _ in rounds),
                "wire": statistics.median(wire for _, wire in rounds),
                "polls": len(rounds) / len(order["addresses"]) / order["seconds"],
                "rounds": len(rounds),
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
