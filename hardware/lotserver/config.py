"""What a lot server is told: `server.json` (mode 0600: it holds the lot's keys), written by `manage.py lot_config`.

{"lot": "yijing", "timezone": "Asia/Shanghai", "platform_url": "http://127.0.0.1:8000", "broker_url": "redis://…",
 "platform_public_key": "<base64>", "lot_private_key": "<base64>", "card_master_key": "<32 hex digits>",
 "store": "/…/store.sqlite3", "listen": {"host": "127.0.0.1", "port": 8101},
 "lines": [{"number": 1, "device": "/…/line-1", "baud": 38400,
            "controllers": [{"code": "c1", "address": 1, "scbk": "<32 hex digits>", "label_zh": "1 号集控器",
                             "label_en": "Controller 1", "x": 3.0, "y": 9.0, "locks": ["A-11", "A-12"]}]}],
 "gates": [{"code": "in-1", "direction": "entry", "camera": {"kind": "hikvision", "username": "…", "password": "…"},
            "card_device": "/…/gate-in-1.cards", "barrier_device": "/…/gate-in-1.barrier", "barrier_unit": 1}]}

The position of a spot in ``locks`` is the lock's index in messages with its controller. x and y are metres on the
floor plan, y downwards; ``spots`` may give the same for spots: {"A-12": {"x": 4.2, "y": 7.5}}.
``self_test``: {"at": "03:30"} is when, by the lot's clock, every lock is tested; without it, or at "", never.
Cameras post to http://<listen>/cameras/<kind>/<gate code>; kinds: hardware.gates.cameras. A barrier that the camera
drives has "barrier": {"kind": "isapi", "url": "http://<camera>/ISAPI/Parking/channels/1/barrierGate", "username": "…",
"password": "…"} in place of its device and unit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any

from hardware.gates.barrier import BarrierConfig, IsapiBarrierConfig, ModbusBarrierConfig
from hardware.gates.cameras import MAKES, CameraConfig

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ControllerConfig:
    code: str
    address: int
    scbk: bytes = field(repr=False)
    locks: tuple[str, ...]
    label_zh: str
    label_en: str
    place: Point


@dataclass(frozen=True, slots=True)
class LineConfig:
    number: int
    device: str
    baud: int
    controllers: tuple[ControllerConfig, ...]


@dataclass(frozen=True, slots=True)
class GateConfig:
    code: str
    direction: str
    camera: CameraConfig
    card_device: str
    barrier: BarrierConfig


@dataclass(frozen=True, slots=True)
class BoothConfig:
    """Where the booth page is served; over TLS where a certificate is named (PEM files)."""

    host: str
    port: int
    certificate: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class ServerConfig:
    lot: str
    timezone: str
    platform_url: str
    broker_url: str = field(repr=False)
    platform_public_key: str
    lot_private_key: str = field(repr=False)
    card_master_key: bytes = field(repr=False)
    store: Path
    listen: tuple[str, int]
    lines: tuple[LineConfig, ...]
    gates: tuple[GateConfig, ...]
    spots: dict[str, Point] = field(default_factory=dict)
    booth: BoothConfig | None = None
    self_test_at: time | None = None
    capture: Path | None = None
    """Where every frame of the lines is kept (hardware.line.capture); set on the command line, not in the file."""

    @property
    def queue(self) -> str:
        return f"lot.{self.lot}"


def load(path: Path) -> ServerConfig:
    """Raises OSError, KeyError, TypeError or ValueError for a file that is not a lot server's."""
    raw = json.loads(path.read_text())
    return ServerConfig(
        lot=raw["lot"],
        timezone=raw["timezone"],
        platform_url=raw["platform_url"].rstrip("/"),
        broker_url=raw["broker_url"],
        platform_public_key=raw["platform_public_key"],
        lot_private_key=raw["lot_private_key"],
        card_master_key=_key(raw["card_master_key"]),
        store=Path(raw["store"]),
        listen=(raw["listen"]["host"], raw["listen"]["port"]),
        lines=tuple(_line(item) for item in raw["lines"]),
        gates=tuple(_gate(item) for item in raw["gates"]),
        self_test_at=_time(raw.get("self_test", {}).get("at", "")),
        spots={code: (float(at["x"]), float(at["y"])) for code, at in raw.get("spots", {}).items()},
        booth=BoothConfig(**raw["booth"]) if "booth" in raw else None,
    )


def _time(text: str) -> time | None:
    return time.fromisoformat(text) if text else None


def _key(text: str) -> bytes:
    key = bytes.fromhex(text)
    if len(key) != 16:
        raise ValueError("a key is 32 hex digits")
    return key


def _line(raw: dict[str, Any]) -> LineConfig:
    return LineConfig(raw["number"], raw["device"], raw["baud"], tuple(_controller(c) for c in raw["controllers"]))


def _controller(raw: dict[str, Any]) -> ControllerConfig:
    return ControllerConfig(
        code=raw["code"],
        address=raw["address"],
        scbk=_key(raw["scbk"]),
        locks=tuple(raw["locks"]),
        label_zh=raw["label_zh"],
        label_en=raw["label_en"],
        place=(float(raw["x"]), float(raw["y"])),
    )


def _gate(raw: dict[str, Any]) -> GateConfig:
    camera = CameraConfig(raw["camera"]["kind"], raw["camera"].get("username", ""), raw["camera"]["password"])
    if camera.kind not in MAKES:
        raise ValueError(f"camera kind {camera.kind!r} is not known")
    return GateConfig(
        code=raw["code"],
        direction=raw["direction"],
        camera=camera,
        card_device=raw["card_device"],
        barrier=_barrier(raw),
    )


def _barrier(raw: dict[str, Any]) -> BarrierConfig:
    barrier = raw.get("barrier", {"kind": "modbus"})
    if barrier["kind"] == "modbus":
        return ModbusBarrierConfig(raw["barrier_device"], raw["barrier_unit"])
    if barrier["kind"] == "isapi":
        return IsapiBarrierConfig(barrier["url"], barrier["username"], barrier["password"])
    raise ValueError(f"barrier kind {barrier['kind']!r} is not known")
