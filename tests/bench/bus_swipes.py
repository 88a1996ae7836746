"""Swipes at eight shipping controllers: when the lock had its order, how long the bits alone took, what noise did."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hardware.osdp.commands import Manufacturer
from hardware.osdp.secure_channel import SCS_16
from hardware.simulator.config import ControllerConfig, LockConfig
from hardware.simulator.controllers import SimulatedController
from hardware.simulator.devices import SimulatedLock
from hardware.simulator.line import SimulatedLine
from tests.bench.bus_lot import credential, scbk, spot
from tests.bench.bus_wire import BITS_PER_BYTE, Seen, WireLog

BAUD = 38400
CONTROLLERS = 8
LOCKS = 3
WRITE_COIL = 5
PATIENCE = 30.0
POLL_EXCHANGE = 14
"""Bytes of a poll in a session, and of its acknowledgement."""


@dataclass(slots=True)
class Taken:
    """An order that a lock has acknowledged on its Modbus line."""

    spot: str
    at: float


@dataclass(slots=True)
class LockBusLog:
    """What locks have acknowledged behind one controller."""

    spots: list[str]
    taken: list[Taken] = field(default_factory=list)
    _pending: bytes = b""

    def listen(self, node: str, portion: bytes, at: float) -> None:
        """Replies of locks come in one portion each; a write is answered by its echo."""
        if node == "locks" and len(portion) == 8 and portion[1] == WRITE_COIL and portion[4]:
            self.taken.append(Taken(self.spots[portion[0] - 1], at))


class Swipes:
    """One line with eight controllers as processes; ``line`` has the node "server" at ``link``."""

    def __init__(self, directory: Path, link: Path, card: Callable[[int], bytes] = credential) -> None:
        self.card = card
        directory.mkdir(parents=True, exist_ok=True)
        self.addresses = list(range(1, CONTROLLERS + 1))
        names = [f"c{address}" for address in self.addresses]
        self.line = SimulatedLine(["server", *names], BAUD, links={"server": link}, seed=1)
        self.log = WireLog(BAUD)
        self.line.listen(self.log.listen)
        self.locks = {code: SimulatedLock(code) for code in self.spots}
        self.bus_logs: dict[int, LockBusLog] = {}
        self.controllers = {address: self._controller(address, directory) for address in self.addresses}

    @property
    def spots(self) -> list[str]:
        return [spot(1, address, lock) for address in range(1, CONTROLLERS + 1) for lock in range(LOCKS)]

    def _controller(self, address: int, directory: Path) -> SimulatedController:
        spots = [spot(1, address, lock) for lock in range(LOCKS)]
        config = ControllerConfig(
            f"c{address}", 1, address, scbk(address).hex(), [LockConfig(code, n) for n, code in enumerate(spots, 1)]
        )
        made = SimulatedController(
            config,
            line=self.line,
            line_baud=BAUD,
            locks=self.locks,
            directory=directory,
            log=directory / "controllers.log",
            on_change=lambda: None,
        )
        self.bus_logs[address] = LockBusLog(spots)
        made.bus.listen(self.bus_logs[address].listen)
        return made

    def start(self) -> None:
        self.line.start()
        for controller in self.controllers.values():
            controller.start()

    def stop(self) -> None:
        for controller in self.controllers.values():
            controller.stop()
        self.line.stop()

    def swipe(self, number: int) -> tuple[int, str]:
        """The card of the spot ``number`` (in the order of ``spots``) at its controller; where, and the spot."""
        code = self.spots[number]
        address = number // LOCKS + 1
        if not self.controllers[address].panel.hold_card(self.card(number)):
            raise RuntimeError(f"controller {address} has no power")
        return address, code

    def measure(self, count: int, *, pause: float) -> list[tuple[float, float]]:
        """Of each swipe: seconds until its lock had acknowledged the order, and what the bits alone took."""
        generator = random.Random(7)
        results = []
        for turn in range(count):
            number = turn % CONTROLLERS * LOCKS + turn // CONTROLLERS % LOCKS
            time.sleep(pause * generator.uniform(0.5, 1.5))
            self.log.clear()
            bus = self.bus_logs[number // LOCKS + 1]
            before, began = len(bus.taken), time.monotonic()
            self.swipe(number)
            end = began + PATIENCE
            while len(bus.taken) == before:
                if time.monotonic() > end:
                    raise RuntimeError("a lock was never told")
                time.sleep(0.001)
            results.append((bus.taken[before].at - began, self._floor(number // LOCKS + 1, began)))
        return results

    def _floor(self, address: int, began: float) -> float:
        """Half a round of polls, the poll that fetched the swipe, swipe and verdict; order and answer on Modbus."""
        told: list[Seen] = []
        for frame in self.log.frames():
            if frame.ended > began and frame.address == address:
                told.append(frame)
                if frame.node == "server" and len(frame.raw) > POLL_EXCHANGE and is_verdict(frame):
                    break
        swipe = next((n for n, frame in enumerate(told) if frame.node != "server" and len(frame.raw) > 40), 0)
        round_bits = CONTROLLERS * 2 * POLL_EXCHANGE * BITS_PER_BYTE
        modbus = 16 * BITS_PER_BYTE / self.controllers[address].config.bus_baud
        return round_bits / BAUD / 2 + self.log.bits_of(told[max(0, swipe - 1) :]) + modbus

    def recovery(self, address: int, dark: float) -> tuple[float, float]:
        """Seconds from power, and from the program's first sign of life, to the first exchange of a new session."""
        controller = self.controllers[address]
        controller.power(False)
        time.sleep(dark)
        self.log.clear()
        powered = time.monotonic()
        controller.power(True)
        alive = _when(lambda: controller.panel.text != "")
        online = _when(lambda: any(f.address == address and f.raw[6] == SCS_16 for f in self._from_controllers()))
        return online - powered, max(0.0, online - alive)

    def _from_controllers(self) -> Iterator[Seen]:
        return (frame for frame in self.log.frames() if frame.node != "server")

    def under_noise(self, rate: float, count: int, seconds: float) -> tuple[int, int]:
        """How many of so many swipes opened their lock, and how many locks were driven that should not have been."""
        for bus in self.bus_logs.values():
            bus.taken.clear()
        self.line.flip_bits(rate)
        wanted: list[str] = []
        began = time.monotonic()
        for turn in range(count):
            number = turn % CONTROLLERS * LOCKS + turn // CONTROLLERS % LOCKS
            time.sleep(max(0.0, began + turn * seconds / count - time.monotonic()))
            wanted.append(self.swipe(number)[1])
        time.sleep(3.0)
        self.line.flip_bits(0.0)
        taken = [item.spot for bus in self.bus_logs.values() for item in bus.taken]
        delivered = sum(min(taken.count(code), wanted.count(code)) for code in self.spots)
        return delivered, len(taken) - delivered


def is_verdict(frame: Seen) -> bool:
    """Encrypted, so told by its kind of security block and its code: the only commands of this code here."""
    return frame.raw[4] & 0x08 != 0 and frame.raw[5 + frame.raw[5]] == Manufacturer.code


def _when(seen: Callable[[], bool]) -> float:
    end = time.monotonic() + PATIENCE
    while not seen():
        if time.monotonic() > end:
            raise RuntimeError("it did not happen")
        time.sleep(0.005)
    return time.monotonic()
