"""A simulated lot put together: lines, controllers, locks, gates, and the cars that come and go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hardware.simulator.cars import Traffic
from hardware.simulator.config import LotConfig
from hardware.simulator.controllers import SimulatedController
from hardware.simulator.devices import SimulatedLock
from hardware.simulator.gate import SimulatedGate
from hardware.simulator.line import SimulatedLine
from hardware.simulator.server_machine import ServerMachine


class SimulatedLot:
    """Everything of one lot. ``lock`` guards the cars and their places; ``changed`` wakes who watches."""

    def __init__(self, config: LotConfig, *, runtime: Path, logs: Path) -> None:
        self.config = config
        self.code = config.code
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.traffic = Traffic()
        self.stopped = False
        self.server = ServerMachine(config.server_lock)
        self.noise = 0.0
        self.lines_cut: set[int] = set()
        self.locks = {item.spot: SimulatedLock(item.spot) for c in config.controllers for item in c.locks}
        self.lines = {line.number: self._line(line.number, line.baud, line.server_device) for line in config.lines}
        bauds = {line.number: line.baud for line in config.lines}
        directory = runtime / config.code
        directory.mkdir(parents=True, exist_ok=True)
        self.controllers = {
            item.code: SimulatedController(
                item,
                line=self.lines[item.line],
                line_baud=bauds[item.line],
                locks=self.locks,
                directory=directory,
                log=logs / f"controller-{config.code}-{item.code}.log",
                on_change=self.notify,
            )
            for item in config.controllers
        }
        self.gates = {gate.code: SimulatedGate(gate, self) for gate in config.gates}

    def _line(self, number: int, baud: int, server_device: str) -> SimulatedLine:
        nodes = ["server", *(c.code for c in self.config.controllers if c.line == number)]
        return SimulatedLine(nodes, baud, links={"server": server_device})

    def start(self) -> None:
        for line in self.lines.values():
            line.start()
        for gate in self.gates.values():
            gate.start()
        for controller in self.controllers.values():
            controller.start()

    def stop(self) -> None:
        self.stopped = True
        self.server.power(True)
        self.notify()
        for controller in self.controllers.values():
            controller.stop()
        for gate in self.gates.values():
            gate.stop()
        for line in self.lines.values():
            line.stop()

    def notify(self) -> None:
        """Something that can be seen has changed."""
        with self.lock:
            self.changed.notify_all()

    def wait_for(self, seen: Callable[[], bool], timeout: float) -> bool:
        """Block until ``seen`` holds (checked at each change and 10 times a second); False after ``timeout`` s."""
        until = time.monotonic() + timeout
        with self.lock:
            while not seen():
                left = until - time.monotonic()
                if left <= 0 or self.stopped:
                    return False
                self.changed.wait(min(left, 0.1))
        return True

    def set_noise(self, rate: float) -> None:
        """Flip bits on every line with this probability."""
        for line in self.lines.values():
            line.flip_bits(rate)
        self.noise = rate

    def cut_line(self, number: int, cut: bool) -> None:
        """Cut the cable at the lot server's end, or mend it. Raises KeyError where there is no such line."""
        line = self.lines[number]
        if cut:
            line.cut("server")
            self.lines_cut.add(number)
        else:
            line.reconnect("server")
            self.lines_cut.discard(number)

    def state(self) -> dict[str, Any]:
        """All that can be seen, as the control API shows it."""
        with self.lock:
            return {
                "lot": self.code,
                "server_on": self.server.on,
                "noise": self.noise,
                "lines": [
                    {"number": number, "baud": line.baud, "cut": number in self.lines_cut}
                    for number, line in self.lines.items()
                ],
                "lost_cards": [card.uid for card in self.traffic.lost_cards],
                "gates": [gate.state() for gate in self.gates.values()],
                "controllers": [self._controller_state(item) for item in self.controllers.values()],
                "locks": [self._lock_state(item) for item in self.locks.values()],
                "cars": [
                    {
                        "plate": car.plate,
                        "place": car.place,
                        "read_as": car.read_as,
                        "card": car.card.uid if car.card else None,
                        "thoughts": car.thoughts,
                    }
                    for car in self.traffic.cars.values()
                ],
            }

    def _controller_state(self, controller: SimulatedController) -> dict[str, Any]:
        return {
            "code": controller.code,
            "display": controller.panel.text,
            "online": controller.powered,
            "wire_cut": controller.wire_cut,
            "line": controller.config.line,
            "led": controller.panel.led,
            "buzzer": controller.panel.buzzer,
            "spots": [item.spot for item in controller.config.locks],
        }

    def _lock_state(self, lock: SimulatedLock) -> dict[str, Any]:
        return {
            "spot": lock.spot,
            "position": lock.position,
            "vehicle_present": lock.vehicle_present,
            "battery_low": lock.battery_low,
            "fault": lock.fault,
        }
