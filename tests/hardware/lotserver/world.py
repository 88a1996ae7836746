"""A lot with two controllers and two gates: its configuration files, its simulated hardware, its lot server."""

from __future__ import annotations

import base64
import json
import socket
import time

from hardware.lotserver.config import load
from hardware.lotserver.gates import GateTimes
from hardware.lotserver.lot import LotRuntime
from hardware.simulator import config as simulator_config
from hardware.simulator.lot import SimulatedLot

PATIENCE = 20.0
MASTER_KEY = "00112233445566778899aabbccddeeff"
CONTROLLERS = {"c1": ("A-01", "A-02"), "c2": ("A-03", "A-04")}
PLACES = {"c1": (0.0, 0.0), "c2": (30.0, 0.0)}
CAMERA = {"kind": "hikvision", "username": "camera", "password": "secret"}
QUICK = {"lock": {"retry_interval": 0.3}, "verification": {"retry_interval": 0.2}}
GATE_TIMES = GateTimes(card=20.0, passing=3.0, obstructed=30.0)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def scbk(address):
    return bytes([address] * 16).hex()


def raw(key):
    return base64.b64encode(key).decode()


def server_json(directory, platform=None, port=0, broker="redis://127.0.0.1:1/0"):
    """What lot_config writes for this lot."""
    return {
        "lot": "yijing",
        "timezone": "Asia/Shanghai",
        "platform_url": platform.url if platform else "http://127.0.0.1:1",
        "broker_url": broker,
        "platform_public_key": raw(platform.key.public_key().public_bytes_raw()) if platform else "",
        "lot_private_key": raw(platform.lot_key.private_bytes_raw()) if platform else raw(bytes(32)),
        "card_master_key": MASTER_KEY,
        "store": str(directory / "store.sqlite3"),
        "listen": {"host": "127.0.0.1", "port": port},
        "booth": {"host": "127.0.0.1", "port": 0},
        "lines": [
            {
                "number": 1,
                "device": str(directory / "line-1"),
                "baud": 38400,
                "controllers": [
                    {
                        "code": code,
                        "address": address,
                        "scbk": scbk(address),
                        "label_zh": f"{address} 号集控器",
                        "label_en": f"Controller {address}",
                        "x": PLACES[code][0],
                        "y": PLACES[code][1],
                        "locks": list(spots),
                    }
                    for address, (code, spots) in enumerate(CONTROLLERS.items(), 1)
                ],
            }
        ],
        "gates": [
            {
                "code": code,
                "direction": direction,
                "camera": CAMERA,
                "card_device": str(directory / f"{code}.cards"),
                "barrier_device": str(directory / f"{code}.barrier"),
                "barrier_unit": 1,
            }
            for code, direction in (("in-1", "entry"), ("out-1", "exit"))
        ],
    }


def make_config(directory, platform=None, port=0):
    path = directory / "server.json"
    path.write_text(json.dumps(server_json(directory, platform, port)))
    return load(path)


def simulator_json(directory, port, cards, controllers=tuple(CONTROLLERS)):
    return {
        "lots": [
            {
                "code": "yijing",
                "lines": [{"number": 1, "baud": 38400, "server_device": str(directory / "line-1")}],
                "controllers": [
                    {
                        "code": code,
                        "line": 1,
                        "address": address,
                        "scbk": scbk(address),
                        "locks": [{"spot": spot, "unit": unit} for unit, spot in enumerate(spots, 1)],
                        "times": QUICK,
                    }
                    for address, (code, spots) in enumerate(CONTROLLERS.items(), 1)
                    if code in controllers
                ],
                "gates": [
                    {
                        "code": code,
                        "direction": direction,
                        "camera": {
                            "url": f"http://127.0.0.1:{port}/cameras/hikvision/{code}",
                            "username": "camera",
                            "password": "secret",
                        },
                        "card_device": str(directory / f"{code}.cards"),
                        "barrier_device": str(directory / f"{code}.barrier"),
                        "cards": cards if direction == "entry" else [],
                    }
                    for code, direction in (("in-1", "entry"), ("out-1", "exit"))
                ],
            }
        ]
    }


def make_simulated(directory, port, cards=None, controllers=tuple(CONTROLLERS)):
    path = directory / "simulator.json"
    cards = cards if cards is not None else [f"04A1B2C3D4E5{number:02X}" for number in range(12)]
    path.write_text(json.dumps(simulator_json(directory, port, cards, controllers)))
    (config,) = simulator_config.load(path)
    return SimulatedLot(config, runtime=directory, logs=directory)


class World:
    """Everything of one lot in this process, but the controllers, which are processes of their own."""

    def __init__(self, directory, platform, *, controllers=tuple(CONTROLLERS), serve=True):
        self.directory = directory
        self.platform = platform
        self.port = free_port()
        self.config = make_config(directory, platform, self.port)
        self.server = None
        if serve:
            self.serve()
        self.lot = make_simulated(directory, self.port, controllers=controllers)
        self.lot.start()

    def serve(self):
        self.server = LotRuntime(self.config, GATE_TIMES)
        self.server.start()

    def stop(self):
        if self.server:
            self.server.stop()
        self.lot.stop()

    def give(self, grant_id, **fields):
        """A grant, known to the lot server when this returns."""
        self.platform.give(grant_id, **fields)
        self.pull()

    def pull(self):
        revision = self.platform.revision
        self.server.grants.pull_soon()
        self.until(lambda: self.server.store.grants_revision >= revision)

    def until(self, seen):
        assert self.lot.wait_for(seen, PATIENCE), json.dumps(self.lot.state(), ensure_ascii=False, indent=1)

    def online(self, *codes):
        for code in codes:
            self.platform.wait_for("controller_changed", controller=code, online=True)

    def car(self, plate):
        return self.lot.traffic.cars[plate]

    def place(self, plate):
        return self.car(plate).place

    def now(self):
        return time.time()
