"""What a controller is told: a JSON file, readable by its own user only since it holds the base key.

{"address": 1, "scbk": "<32 hex digits>", "line": {"device": "/dev/ttyUSB0", "baud": 38400},
 "lock_bus": {"device": "/dev/ttyUSB1", "baud": 19200, "units": [3, 4, 5]},
 "panel": {"socket": "/run/berth/panel-1.sock"}}

"times" may change the rules' times (seconds, numbers of tries), as {"lock": {"retry_interval": 5.0, …},
"verification": {"retry_interval": 1.0, …}}: the fields of LockTimes and VerificationTimes.

The position of a Modbus unit in ``units`` is the lock's index in messages with the lot server.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from hardware.controller.lock_jobs import LockTimes
from hardware.controller.verification import VerificationTimes


@dataclass(frozen=True, slots=True)
class ControllerConfig:
    address: int
    scbk: bytes
    line_device: str
    line_baud: int
    bus_device: str
    bus_baud: int
    units: tuple[int, ...]
    panel_socket: str
    lock_times: LockTimes = field(default_factory=LockTimes)
    verification_times: VerificationTimes = field(default_factory=VerificationTimes)


def load(path: Path) -> ControllerConfig:
    """Raises KeyError, TypeError or ValueError, with the fault in its text, for a file that is not a controller's."""
    raw = json.loads(path.read_text())
    scbk = bytes.fromhex(raw["scbk"])
    if len(scbk) != 16:
        raise ValueError("scbk is 32 hex digits")
    if not 0 <= raw["address"] <= 126:
        raise ValueError("address is 0 to 126")
    times = raw.get("times", {})
    return ControllerConfig(
        address=raw["address"],
        scbk=scbk,
        line_device=raw["line"]["device"],
        line_baud=raw["line"]["baud"],
        bus_device=raw["lock_bus"]["device"],
        bus_baud=raw["lock_bus"]["baud"],
        units=tuple(raw["lock_bus"]["units"]),
        panel_socket=raw["panel"]["socket"],
        lock_times=LockTimes(**times.get("lock", {})),
        verification_times=VerificationTimes(**times.get("verification", {})),
    )
