"""A simulated gate: camera, barrier, and a machine that hands cards out (entry) or takes them back (exit)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hardware.simulator.camera import SimulatedCamera
from hardware.simulator.card_machine import CardMachine
from hardware.simulator.cars import Card
from hardware.simulator.config import GateConfig
from hardware.simulator.devices import SimulatedBarrier
from hardware.simulator.line import SimulatedLine
from hardware.simulator.modbus_slave import ModbusSlaves

if TYPE_CHECKING:
    from hardware.simulator.lot import SimulatedLot

BARRIER_BAUD = 19200
CARD_BAUD = 9600


class SimulatedGate:
    """``barrier`` and ``camera`` as such; cards by take_card (entry) and put_card (exit)."""

    def __init__(self, config: GateConfig, cards: list[str], lot: SimulatedLot) -> None:
        self.config = config
        self.code = config.code
        self.camera = SimulatedCamera(config.camera, config.code, config.direction)
        self.barrier = SimulatedBarrier(on_open=lot.notify)
        magazine = [Card(uid) for uid in cards] if config.direction == "entry" else []
        self._card_cable = SimulatedLine(["server", "machine"], CARD_BAUD, links={"server": config.card_device})
        self._machine = CardMachine(self._card_cable.path("machine"), CARD_BAUD, magazine, lot.notify)
        self._barrier_cable = SimulatedLine(
            ["server", "barrier"], BARRIER_BAUD, links={"server": config.barrier_device}
        )
        self._slaves = ModbusSlaves(
            self._barrier_cable.path("barrier"), BARRIER_BAUD, {config.barrier_unit: self.barrier}
        )

    def start(self) -> None:
        self._card_cable.start()
        self._barrier_cable.start()
        self._machine.start()
        self._slaves.start()

    def stop(self) -> None:
        self._machine.stop()
        self._slaves.stop()
        self._card_cable.stop()
        self._barrier_cable.stop()

    def card_at_mouth(self) -> bool:
        """Whether a card sticks out, ready to be taken."""
        return self._machine.at_mouth is not None

    def take_card(self) -> Card | None:
        return self._machine.take()

    def put_card(self, card: Card) -> None:
        """Push a card into the slot."""
        self._machine.put(card)

    def state(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "direction": self.config.direction,
            "barrier": self.barrier.position,
            "camera": self.camera.last_answer,
            "cards": self._machine.stock_count,
            "card_at_mouth": self.card_at_mouth(),
        }
