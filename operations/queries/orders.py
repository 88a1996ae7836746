"""Orders that the desk gave, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass

from hardware.models import Controller, LockCommand
from lots.models import Lot, Spot

SHOWN = 5
LAMPS = {
    LockCommand.State.SENT: "amber",
    LockCommand.State.DONE: "green",
    LockCommand.State.FAILED: "red",
    LockCommand.State.REFUSED: "red",
}


@dataclass(frozen=True, slots=True)
class Order:
    command: LockCommand
    lamp: str
    under_way: bool


def orders_of(
    lot: Lot, *, spot: Spot | None = None, gate_code: str = "", controller: Controller | None = None
) -> list[Order]:
    """The newest five for a spot, a gate or a controller, or of the whole lot. One query."""
    commands = LockCommand.objects.filter(lot=lot).select_related("requested_by", "spot")
    if spot is not None:
        commands = commands.filter(spot=spot)
    if controller is not None:
        commands = commands.filter(controller=controller)
    if gate_code:
        commands = commands.filter(gate_code=gate_code)
    return [
        Order(command, LAMPS[LockCommand.State(command.state)], command.state == LockCommand.State.SENT)
        for command in commands.order_by("-requested_at")[:SHOWN]
    ]
