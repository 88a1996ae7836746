"""The configuration files of lot servers and of the simulator, made from what the database says of a lot.

Keys are made once and kept: they are read back from the files, which is where they live. The shapes are told in
hardware.lotserver.config and hardware.simulator.config.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from berth.kernel import signatures
from hardware.models import AccessCard, Controller, LotServer
from lots.models import Gate, Lot

LINE_BAUD = 38400
BUS_BAUD = 19200
BARRIER_UNIT = 1
SELF_TEST_AT = "03:30"
"""Local time of the nightly test of the locks; kept as it is in a file that is there ({"at": ""}: never)."""
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Around:
    """Where the files go, and what lot servers reach. ``taken`` collects the ports given in this run."""

    directory: Path
    platform_url: str
    broker_url: str
    platform_public_key: str
    taken: set[int] = field(default_factory=set)

    def of(self, lot: Lot) -> Path:
        return self.directory / lot.code


def server_file(lot: Lot, around: Around) -> dict[str, Any]:
    """What `server.json` of a lot says; keys, passwords and the port as they are in the file that is there."""
    folder = around.of(lot)
    kept = _Kept(read(folder / "server.json"))
    controllers = _controllers(lot)
    return {
        "lot": lot.code,
        "timezone": lot.timezone,
        "platform_url": around.platform_url.rstrip("/"),
        "broker_url": around.broker_url,
        "platform_public_key": around.platform_public_key,
        "lot_private_key": kept.get("lot_private_key") or signatures.new_private_key(),
        "card_master_key": kept.get("card_master_key") or secrets.token_hex(16),
        "store": str(folder / "store.sqlite3"),
        "self_test": kept.get("self_test") or {"at": SELF_TEST_AT},
        "listen": {"host": HOST, "port": _port(kept.get("listen", "port"), around.taken)},
        "booth": _booth(kept, around),
        "lines": [
            {
                "number": number,
                "device": str(folder / f"line-{number}"),
                "baud": LINE_BAUD,
                "controllers": [_controller(item, kept) for item in controllers if item.line == number],
            }
            for number in sorted({item.line for item in controllers})
        ],
        "gates": [_gate(gate, folder, kept, around.taken) for gate in lot.gates.order_by("code")],
        "spots": {spot.code: _point(*spot.centre) for spot in lot.spots.order_by("code") if spot.outline},
    }


def simulator_lot(server: dict[str, Any], lot: Lot) -> dict[str, Any]:
    """The lot's part of `simulator.json`, for the same devices as its `server.json`."""
    listen = server["listen"]
    units = {item.code: _units(item) for item in _controllers(lot)}
    drivers = {item.code: str(item.lock_driver) for item in _controllers(lot)}
    cards = _magazines(lot)
    return {
        "code": lot.code,
        "lines": [
            {"number": line["number"], "baud": line["baud"], "server_device": line["device"]}
            for line in server["lines"]
        ],
        "controllers": [
            {
                "code": controller["code"],
                "line": line["number"],
                "address": controller["address"],
                "scbk": controller["scbk"],
                "bus_baud": BUS_BAUD,
                "driver": drivers[controller["code"]],
                "locks": [{"spot": spot, "unit": unit} for spot, unit in units[controller["code"]]],
            }
            for line in server["lines"]
            for controller in line["controllers"]
        ],
        "gates": [_simulated_gate(gate, listen, cards) for gate in server["gates"]],
        "server_lock": f"{server['store']}.lock",
    }


def register(lot: Lot, server: dict[str, Any]) -> bool:
    """Make the lot's public key known to the platform; whether it was another one, or none, before."""
    public_key = signatures.public_key_of(server["lot_private_key"])
    known, _ = LotServer.objects.get_or_create(lot=lot)
    LotServer.objects.filter(pk=known.pk).update(booth_url=booth_url(server))
    if known.public_key == public_key:
        return False
    LotServer.objects.filter(pk=known.pk).update(public_key=public_key)
    return True


def read(path: Path) -> dict[str, Any]:
    """A file written before; empty where there is none. Raises ValueError for one that is no JSON object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    if not isinstance(content, dict):
        raise TypeError(f"{path} is not a JSON object")
    return content


def write(path: Path, content: dict[str, Any]) -> None:
    """Only for the owner's eyes, and whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


class _Kept:
    """Values of an earlier file that must not change."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content

    def get(self, *names: str) -> Any:
        value: Any = self._content
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def of_controller(self, code: str) -> dict[str, Any]:
        lines = self._content.get("lines", [])
        return _by_code((item for line in lines for item in line["controllers"]), code)

    def of_gate(self, code: str) -> dict[str, Any]:
        return _by_code(self._content.get("gates", []), code)


def _by_code(items: Iterable[dict[str, Any]], code: str) -> dict[str, Any]:
    return next((item for item in items if item.get("code") == code), {})


def _controllers(lot: Lot) -> list[Controller]:
    return list(Controller.objects.filter(lot=lot).prefetch_related("locks__spot").order_by("line", "address"))


def _units(controller: Controller) -> list[tuple[str, int]]:
    """Spot and Modbus unit of each lock, by unit: the place in this list is the lock's index on the line."""
    return sorted(((lock.spot.code, lock.unit) for lock in controller.locks.all()), key=lambda pair: pair[1])


def _controller(controller: Controller, kept: _Kept) -> dict[str, Any]:
    return {
        "code": controller.code,
        "address": controller.address,
        "scbk": kept.of_controller(controller.code).get("scbk") or secrets.token_hex(16),
        "label_zh": controller.label_zh,
        "label_en": controller.label_en or controller.label_zh,
        **_point(controller.x, controller.y),
        "locks": [spot for spot, _unit in _units(controller)],
    }


def _gate(gate: Gate, folder: Path, kept: _Kept, taken: set[int]) -> dict[str, Any]:
    before = kept.of_gate(gate.code)
    camera = before.get("camera", {})
    return {
        "code": gate.code,
        "direction": str(gate.direction),
        "camera": {
            "kind": str(gate.camera),
            "username": camera.get("username") or f"camera-{gate.code}",
            "password": camera.get("password") or secrets.token_urlsafe(18),
        },
        "card_device": str(folder / f"gate-{gate.code}.cards"),
        **_barrier(gate, folder, before.get("barrier", {}), taken),
    }


def _barrier(gate: Gate, folder: Path, before: dict[str, Any], taken: set[int]) -> dict[str, Any]:
    """The camera's own address and user are entered in the file by hand, and kept; at first they are this machine's."""
    if gate.barrier == Gate.Barrier.MODBUS:
        return {"barrier_device": str(folder / f"gate-{gate.code}.barrier"), "barrier_unit": BARRIER_UNIT}
    url = before.get("url") or f"http://{HOST}:{_port(None, taken)}/ISAPI/Parking/channels/1/barrierGate"
    taken.add(urlsplit(url).port or 80)
    password = before.get("password") or secrets.token_urlsafe(18)
    return {"barrier": {"kind": "isapi", "url": url, "username": "barrier", "password": password}}


def _simulated_gate(gate: dict[str, Any], listen: dict[str, Any], cards: dict[str, list[str]]) -> dict[str, Any]:
    camera = gate["camera"]
    place = f"http://{listen['host']}:{listen['port']}/cameras/{camera['kind']}/{gate['code']}"
    barrier = gate.get("barrier")
    return {
        **{name: gate[name] for name in ("code", "direction", "card_device", "barrier_device", "barrier_unit")
           if name in gate},
        "camera": {"url": place, **camera},
        "cards": cards.get(gate["code"], []),
        "barrier": {name: barrier[name] for name in ("url", "username", "password")} if barrier else {},
    }  # fmt: skip


def _magazines(lot: Lot) -> dict[str, list[str]]:
    """UIDs of the cards in each entry's dispenser: where the card is on record, else dealt out in turn."""
    entries = list(lot.gates.filter(direction=Gate.Direction.ENTRY).order_by("code").values_list("code", flat=True))
    cards = AccessCard.objects.filter(lot=lot).exclude(state=AccessCard.State.LOST).order_by("chip_uid")
    magazines: dict[str, list[str]] = {code: [] for code in entries}
    for number, (uid, at) in enumerate(cards.values_list("chip_uid", "gate__code")):
        if entries:
            magazines[at if at in magazines else entries[number % len(entries)]].append(uid)
    return magazines


def _booth(kept: _Kept, around: Around) -> dict[str, Any]:
    """The page that the lot serves by itself. Its host and certificate are the installer's choice, and kept."""
    chosen = kept.get("booth") or {}
    port = _port(chosen.get("port"), around.taken)
    return {"host": HOST, "certificate": "", "key": ""} | chosen | {"port": port}


def booth_url(server: dict[str, Any]) -> str:
    """Where the booth page is."""
    booth = server["booth"]
    return f"{'https' if booth['certificate'] else 'http'}://{booth['host']}:{booth['port']}/"


def _point(x: float, y: float) -> dict[str, float]:
    return {"x": round(x, 2), "y": round(y, 2)}


def _port(known: object, taken: set[int]) -> int:
    """The port of before where it is still free, else a free one."""
    for candidate in (known, 0):
        if isinstance(candidate, int) and (candidate == 0 or candidate not in taken):
            port = _bound(candidate, taken)
            if port:
                taken.add(port)
                return port
    raise OSError("no free port")


def _bound(candidate: int, taken: set[int]) -> int:
    """The port that a listener gets when it asks for ``candidate`` (0: any); 0 where it gets none."""
    for _ in range(20):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((HOST, candidate))
            except OSError:
                return 0
            port = int(listener.getsockname()[1])
        if port not in taken:
            return port
    return 0
