"""What a controller is told: a JSON file, readable by its own user only since it holds the base key.

{"address": 1, "scbk": "<32 hex digits>", "line": {"device": "/dev/ttyUSB0", "baud": 38400},
 "lock_bus": {"driver": "modbus", "device": "/dev/ttyUSB1", "baud": 19200, "units": [3, 4, 5]},
 "panel": {"socket": "/run/berth/panel-1.sock"}, "journal": "/var/lib/berth-controller/journal.json"}

``driver`` is a name of hardware.controller.drivers (without one: modbus). A panel board on a serial port is {"device":
"/dev/ttyACM0", "baud": 115200}. Without ``journal`` nothing is remembered over a power loss.

"times" may change the rules' times (seconds, numbers of tries), as {"lock": {"retry_interval": 5.0, …},
"verification": {"retry_interval": 1.0, …}}: the fields of LockTimes and VerificationTimes.

The position of a unit in ``units`` is the lock's index in messages with the lot server.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hardware.controller.drivers import DRIVERS
from hardware.controller.job import LockTimes
from hardware.controller.panel import Panel, SerialPanel, SocketPanel
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
    panel: dict[str, Any]
    driver: str = "modbus"
    journal: Path | None = None
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
    driver = raw["lock_bus"].get("driver", "modbus")
    if driver not in DRIVERS:
        raise ValueError(f"lock_bus.driver is one of {', '.join(DRIVERS)}")
    times, journal = raw.get("times", {}), raw.get("journal")
    return ControllerConfig(
        address=raw["address"],
        scbk=scbk,
        line_device=raw["line"]["device"],
        line_baud=raw["line"]["baud"],
        bus_device=raw["lock_bus"]["device"],
        bus_baud=raw["lock_bus"]["baud"],
        units=tuple(raw["lock_bus"]["units"]),
        panel=_panel(raw["panel"]),
        driver=driver,
        journal=Path(journal) if journal else None,
        lock_times=LockTimes(**times.get("lock", {})),
        verification_times=VerificationTimes(**times.get("verification", {})),
    )


def panel_of(config: ControllerConfig) -> Panel:
    """The face that the file names."""
    if "socket" in config.panel:
        return SocketPanel(config.panel["socket"])
    return SerialPanel(config.panel["device"], config.panel["baud"])


def _panel(raw: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(raw.get("socket"), str) and not (isinstance(raw["device"], str) and isinstance(raw["baud"], int)):
        raise TypeError("a panel has a socket, or a device and a baud rate")
    return raw
