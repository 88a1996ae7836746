"""What the simulator is told: `simulator.json`, written by `manage.py lot_config --simulator`.

{"lots": [{"code": "yijing",
   "lines": [{"number": 1, "baud": 38400, "server_device": "/…/line-1"}],
   "controllers": [{"code": "c1", "line": 1, "address": 1, "scbk": "<32 hex digits>", "bus_baud": 19200,
                    "locks": [{"spot": "A-12", "unit": 3}]}],  ("times", "driver": see hardware.controller.config)
   "gates": [{"code": "in-1", "direction": "entry",
              "camera": {"kind": "hikvision", "url": "http://127.0.0.1:<port>/cameras/hikvision/in-1", "username": "…",
                         "password": "…"},
              "cards": ["04A1B2C3D4E5F6", …],
              "card_device": "/…/gate-in-1.cards", "barrier_device": "/…/gate-in-1.barrier", "barrier_unit": 1}],
   "server_lock": "/…/store.sqlite3.lock"}]}

``*_device`` are paths at which the simulator puts a link to the pseudo-terminal that the lot server opens. The card
device is the dispenser at an entry and the collector at an exit. ``cards`` are chip UIDs in the dispenser's magazine,
each of them in one dispenser alone. ``barrier``, where it is there, is the camera's own (ISAPI), as in server.json.
``server_lock`` (optional) is the file that the lot server holds locked while it runs, with its process id in it: by it
the simulator can cut the lot server's power.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class LineConfig:
    number: int
    server_device: str
    baud: int = 38400


@dataclass(frozen=True, slots=True)
class LockConfig:
    spot: str
    unit: int


@dataclass(frozen=True, slots=True)
class ControllerConfig:
    code: str
    line: int
    address: int
    scbk: str
    locks: list[LockConfig] = field(default_factory=list)
    bus_baud: int = 19200
    driver: str = "modbus"
    times: dict[str, dict[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CameraConfig:
    url: str
    username: str
    password: str
    kind: str = "hikvision"


@dataclass(frozen=True, slots=True)
class GateConfig:
    code: str
    direction: str
    camera: CameraConfig
    card_device: str
    barrier_device: str = ""
    barrier_unit: int = 1
    barrier: dict[str, str] = field(default_factory=dict)
    cards: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LotConfig:
    code: str
    lines: list[LineConfig]
    controllers: list[ControllerConfig]
    gates: list[GateConfig]
    server_lock: str = ""


def load(path: Path) -> list[LotConfig]:
    """The lots of a simulator.json. Raises KeyError, TypeError or ValueError for a file that is not one."""
    return [_lot(raw) for raw in json.loads(path.read_text())["lots"]]


def _lot(raw: dict[str, Any]) -> LotConfig:
    return LotConfig(
        code=raw["code"],
        lines=[LineConfig(**line) for line in raw["lines"]],
        controllers=[
            ControllerConfig(**{**item, "locks": [LockConfig(**lock) for lock in item["locks"]]})
            for item in raw["controllers"]
        ],
        gates=[GateConfig(**{**gate, "camera": CameraConfig(**gate["camera"])}) for gate in raw["gates"]],
        server_lock=str(raw.get("server_lock", "")),
    )
