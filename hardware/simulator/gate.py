"""A simulated gate: camera, barrier, and a machine that hands cards out (entry) or takes them back (exit)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from hardware.simulator.camera import SimulatedCamera
from hardware.simulator.card_machine import CardMachine
from hardware.simulator.cars import Card
from hardware.simulator.config import GateConfig
from hardware.simulator.devices import SimulatedBarrier
from hardware.simulator.isapi_camera import IsapiCamera
from hardware.simulator.line import SimulatedLine
from hardware.simulator.modbus_slave import ModbusSlaves

if TYPE_CHECKING:
    from hardware.simulator.lot import SimulatedLot

BARRIER_BAUD = 19200
CARD_BAUD = 9600


class Part(Protocol):
    """What the gate's barrier hangs on."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


class SimulatedGate:
    """``barrier`` and ``camera`` as such; cards by take_card (entry) and put_card (exit)."""

    def __init__(self, config: GateConfig, lot: SimulatedLot) -> None:
        self.config = config
        self.code = config.code
        self.camera = SimulatedCamera(config.camera, config.code, config.direction)
        self.camera_on = True
        self.barrier = SimulatedBarrier(on_open=lot.notify, closes_itself=bool(config.barrier))
        magazine = [Card(uid) for uid in config.cards] if config.direction == "entry" else []
        self._card_cable = SimulatedLine(["server", "machine"], CARD_BAUD, links={"server": config.card_device})
        self.machine = CardMachine(self._card_cable.path("machine"), CARD_BAUD, magazine, lot.notify)
        self._parts = self._isapi() if config.barrier else self._modbus()

    def _modbus(self) -> list[Part]:
        cable = SimulatedLine(["server", "barrier"], BARRIER_BAUD, links={"server": self.config.barrier_device})
        slaves = ModbusSlaves(cable.path("barrier"), BARRIER_BAUD, {self.config.barrier_unit: self.barrier})
        return [cable, slaves]

    def _isapi(self) -> list[Part]:
        told = self.config.barrier
        return [IsapiCamera(told["url"], told["username"], told["password"], lambda o: self.barrier.write_coil(0, o))]

    def start(self) -> None:
        self._card_cable.start()
        self.machine.start()
        for part in self._parts:
            part.start()

    def stop(self) -> None:
        for part in reversed(self._parts):
            part.stop()
        self.machine.stop()
        self._card_cable.stop()

    def sees(self, plate: str) -> None:
        """A car stands before the camera, which posts what it reads; not without power."""
        if self.camera_on:
            self.camera.sees(plate)
        else:
            self.camera.last_answer = 0

    def card_at_mouth(self) -> bool:
        """Whether a card sticks out, ready to be taken."""
        return self.machine.at_mouth is not None

    def take_card(self) -> Card | None:
        return self.machine.take()

    def put_card(self, card: Card) -> None:
        """Push a card into the slot."""
        self.machine.put(card)

    def state(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "direction": self.config.direction,
            "barrier": self.barrier.position,
            "barrier_fault": self.barrier.fault,
            "camera": self.camera.last_answer,
            "camera_on": self.camera_on,
            "cards": self.machine.stock_count,
            "collected": len(self.machine.bin),
            "card_in_slot": self.machine.pushed is not None,
            "card_at_reader": self.machine.at_reader is not None,
            "card_at_mouth": self.card_at_mouth(),
        }
