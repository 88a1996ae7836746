"""What a person may do to a simulated lot, by name: the table behind the control API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hardware.simulator import drivers
from hardware.simulator.controllers import SimulatedController
from hardware.simulator.drivers import Refused
from hardware.simulator.gate import SimulatedGate
from hardware.simulator.lot import SimulatedLot

Arguments = dict[str, Any]
LONGEST_TEXT = 40


def _text(arguments: Arguments, name: str) -> str:
    value = arguments.get(name, "")
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= LONGEST_TEXT:
        raise Refused("wrong")
    return value


def _gate(lot: SimulatedLot, arguments: Arguments, direction: str) -> SimulatedGate:
    wanted = arguments.get("gate")
    for gate in lot.gates.values():
        if gate.config.direction == direction and wanted in (None, "", gate.code):
            return gate
    raise Refused("unknown")


def _controller(lot: SimulatedLot, arguments: Arguments) -> SimulatedController:
    controller = lot.controllers.get(_text(arguments, "controller"))
    if controller is None:
        raise Refused("unknown")
    return controller


def _any_gate(lot: SimulatedLot, arguments: Arguments) -> SimulatedGate:
    gate = lot.gates.get(_text(arguments, "gate"))
    if gate is None:
        raise Refused("unknown")
    return gate


def car_arrives(lot: SimulatedLot, arguments: Arguments) -> None:
    read_as = _text(arguments, "read_as") if arguments.get("read_as") else ""
    drivers.arrive(lot, _text(arguments, "plate"), _gate(lot, arguments, "entry"), read_as)


def car_leaves(lot: SimulatedLot, arguments: Arguments) -> None:
    drivers.leave(lot, _text(arguments, "plate"), _gate(lot, arguments, "exit"))


def _driver(deed: Callable[[SimulatedLot, str], None]) -> Callable[[SimulatedLot, Arguments], None]:
    return lambda lot, arguments: deed(lot, _text(arguments, "plate"))


def tailgate(lot: SimulatedLot, arguments: Arguments) -> None:
    """At the gate named, or the first entry."""
    direction = "exit" if arguments.get("direction") == "exit" else "entry"
    drivers.tailgate(lot, _text(arguments, "plate"), _gate(lot, arguments, direction))


def refill_cards(lot: SimulatedLot, arguments: Arguments) -> None:
    """Staff put what the collectors took in into the dispenser of an entry."""
    cards = [card for gate in lot.gates.values() for card in gate.machine.empty_bin()]
    _gate(lot, arguments, "entry").machine.refill(cards)


def swipe(lot: SimulatedLot, arguments: Arguments) -> None:
    spot = _text(arguments, "spot") if arguments.get("spot") else ""
    drivers.swipe(lot, _text(arguments, "plate"), _text(arguments, "controller"), spot)


def park(lot: SimulatedLot, arguments: Arguments) -> None:
    drivers.park(lot, _text(arguments, "plate"), _text(arguments, "spot"))


def tamper_card(lot: SimulatedLot, arguments: Arguments) -> None:
    """Change one bit in the middle of what is written on the card."""
    car = lot.traffic.cars.get(_text(arguments, "plate"))
    if car is None or car.card is None or not car.card.memory:
        raise Refused("no_card")
    with lot.lock:
        memory = bytearray(car.card.memory)
        memory[len(memory) // 2] ^= 1
        car.card.memory = bytes(memory)


def press_emergency(lot: SimulatedLot, arguments: Arguments) -> None:
    if not _controller(lot, arguments).panel.press_button():
        raise Refused("no_power")


def _lock_fault(name: str) -> Callable[[SimulatedLot, Arguments], None]:
    def act(lot: SimulatedLot, arguments: Arguments) -> None:
        lock = lot.locks.get(_text(arguments, "spot"))
        if lock is None:
            raise Refused("unknown")
        if name in ("jam", "clear"):
            lock.jam(name == "jam")
        if name in ("kill", "clear"):
            lock.silent = name == "kill"
        if name == "battery":
            lock.battery_low = not lock.battery_low

    return act


def _power(on: bool) -> Callable[[SimulatedLot, Arguments], None]:
    return lambda lot, arguments: _controller(lot, arguments).power(on)


def _wire(cut: bool) -> Callable[[SimulatedLot, Arguments], None]:
    return lambda lot, arguments: _controller(lot, arguments).cut_wire(cut)


def _line(cut: bool) -> Callable[[SimulatedLot, Arguments], None]:
    def act(lot: SimulatedLot, arguments: Arguments) -> None:
        number = arguments.get("line")
        if not isinstance(number, int) or isinstance(number, bool):
            raise Refused("wrong")
        if number not in lot.lines:
            raise Refused("unknown")
        lot.cut_line(number, cut)

    return act


def noise(lot: SimulatedLot, arguments: Arguments) -> None:
    """Flip bits on every line of the lot with this probability (0 to 0.1)."""
    rate = arguments.get("rate")
    if not isinstance(rate, int | float) or isinstance(rate, bool) or not 0 <= rate <= 0.1:
        raise Refused("wrong")
    lot.set_noise(float(rate))


def _camera(on: bool) -> Callable[[SimulatedLot, Arguments], None]:
    def act(lot: SimulatedLot, arguments: Arguments) -> None:
        _any_gate(lot, arguments).camera_on = on

    return act


def _barrier_fault(name: str) -> Callable[[SimulatedLot, Arguments], None]:
    def act(lot: SimulatedLot, arguments: Arguments) -> None:
        barrier = _any_gate(lot, arguments).barrier
        if name in ("jam", "clear"):
            barrier.jam(name == "jam")
        barrier.silent = name == "kill"

    return act


def _server(on: bool) -> Callable[[SimulatedLot, Arguments], None]:
    def act(lot: SimulatedLot, arguments: Arguments) -> None:
        if not lot.server.known:
            raise Refused("unknown")
        try:
            lot.server.power(on)
        except TimeoutError as error:
            raise Refused("busy") from error

    return act


def unsigned_camera(lot: SimulatedLot, arguments: Arguments) -> None:
    """Somebody on the network posts a reading without the camera's password."""
    gate = _gate(lot, arguments, "entry")
    gate.camera.sees(_text(arguments, "plate"), signed=False)


ACTIONS: dict[str, Callable[[SimulatedLot, Arguments], None]] = {
    "car_arrives": car_arrives,
    "car_leaves": car_leaves,
    "turn_back": _driver(drivers.turn_back),
    "tailgate": tailgate,
    "swipe": swipe,
    "park": park,
    "insert_card": _driver(drivers.insert_card),
    "drop_card": _driver(drivers.drop_card),
    "pick_up_card": _driver(drivers.pick_up_card),
    "tamper_card": tamper_card,
    "refill_cards": refill_cards,
    "press_emergency": press_emergency,
    "jam_lock": _lock_fault("jam"),
    "clear_lock": _lock_fault("clear"),
    "kill_lock": _lock_fault("kill"),
    "battery_low": _lock_fault("battery"),
    "jam_barrier": _barrier_fault("jam"),
    "kill_barrier": _barrier_fault("kill"),
    "clear_barrier": _barrier_fault("clear"),
    "power_off": _power(False),
    "power_on": _power(True),
    "camera_off": _camera(False),
    "camera_on": _camera(True),
    "server_off": _server(False),
    "server_on": _server(True),
    "cut_wire": _wire(True),
    "restore_wire": _wire(False),
    "cut_line": _line(True),
    "restore_line": _line(False),
    "noise": noise,
    "unsigned_camera": unsigned_camera,
}
"""docs/simulator.md says what each takes."""

IN_MAIN_THREAD = frozenset({"power_on"})
"""Started processes die with the thread that started them, so that one must live as long as the simulator."""
