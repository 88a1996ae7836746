"""What drivers do: each function is one deed of one person, in a thread of its own, at a person's pace."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from hardware.simulator.cars import Car

if TYPE_CHECKING:
    from hardware.simulator.gate import SimulatedGate
    from hardware.simulator.lot import SimulatedLot

PATIENCE = 30.0
"""Seconds that a driver waits at a gate or before a lock for something to happen."""
KEEPING_DISTANCE = 5.0
"""Seconds for which a driver waits for the barrier to close behind the car in front, before driving up to it."""
GETTING_IN = 2.0
"""Seconds from a lock that is down to a car that stands on the spot."""


class Refused(Exception):
    """A person cannot do that now. ``code`` is one of: unknown, no_card, no_power, not_there, taken, up, wrong,
    busy."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def in_background(deed: Callable[[], None], name: str) -> None:
    threading.Thread(target=deed, name=name, daemon=True).start()


def arrive(lot: SimulatedLot, plate: str, gate: SimulatedGate, read_as: str = "") -> None:
    """Drive up to an entry; the rest happens by itself: camera (which may read another plate), card, barrier."""
    with lot.lock:
        if lot.traffic.at(f"gate:{gate.code}"):
            raise Refused("taken")
        car = lot.traffic.get_or_make(plate)
        if car.place != "outside":
            raise Refused("not_there")
        car.place, car.thoughts, car.read_as = f"gate:{gate.code}", "wait_card", read_as
    lot.notify()
    in_background(lambda: _enter(lot, car, gate), f"driver {plate}")


def _drive_up(lot: SimulatedLot, car: Car, gate: SimulatedGate) -> None:
    """Onto the loop before the barrier, keeping one's distance while it closes behind the car in front."""
    here = car.place
    lot.wait_for(lambda: gate.barrier.position == "closed" or car.place != here, KEEPING_DISTANCE)
    with lot.lock:
        if car.place == here:
            gate.barrier.vehicle_present = True
    gate.sees(car.read_as or car.plate)


def tailgate(lot: SimulatedLot, plate: str, gate: SimulatedGate) -> None:
    """Follow the next car closely, on its opening."""
    entering = gate.config.direction == "entry"
    with lot.lock:
        car = lot.traffic.get_or_make(plate)
        if car.place != ("outside" if entering else "inside"):
            raise Refused("not_there")
        car.place, car.thoughts = f"behind:{gate.code}", "wait_barrier"
    lot.notify()
    in_background(lambda: _follow(lot, car, gate, "inside" if entering else "outside"), f"driver {plate}")


def _follow(lot: SimulatedLot, car: Car, gate: SimulatedGate, destination: str) -> None:
    gate.sees(car.read_as or car.plate)
    barrier = gate.barrier

    def it_closes() -> bool:
        return barrier.position == "moving" and barrier.coils() == [False]

    if not lot.wait_for(it_closes, PATIENCE):
        destination = "outside" if destination == "inside" else "inside"
    else:
        barrier.vehicle_present = True
        lot.wait_for(lambda: barrier.position == "open", PATIENCE)
        barrier.vehicle_present = False
    with lot.lock:
        car.place, car.thoughts = destination, ""
    lot.notify()


def _enter(lot: SimulatedLot, car: Car, gate: SimulatedGate) -> None:
    here = car.place
    _drive_up(lot, car, gate)

    def something_happens() -> bool:
        return gate.card_at_mouth() or gate.barrier.position == "open" or car.place != here

    if not lot.wait_for(something_happens, PATIENCE):
        _wait_for_staff(lot, car, gate)
        return
    with lot.lock:
        if car.place != here:  # it turned back: the card is the next driver's
            return
        card = gate.take_card()
        car.card, car.thoughts = card or car.card, "wait_barrier"
    lot.notify()
    _pass_when_open(lot, car, gate, "inside")


def _wait_for_staff(lot: SimulatedLot, car: Car, gate: SimulatedGate) -> None:
    """Nobody let the car in by itself: it stands there until the barrier opens or it is sent away."""
    with lot.lock:
        car.thoughts = "turned_away"
    lot.notify()
    _pass_when_open(lot, car, gate, "inside")


def _pass_when_open(lot: SimulatedLot, car: Car, gate: SimulatedGate, destination: str) -> None:
    here = car.place
    while car.place == here and not lot.stopped:
        if lot.wait_for(lambda: gate.barrier.position == "open" or car.place != here, PATIENCE):
            break
    with lot.lock:
        if car.place != here or lot.stopped:
            return
        car.place, car.thoughts = destination, ""
        gate.barrier.vehicle_present = False
    lot.notify()


def turn_back(lot: SimulatedLot, plate: str) -> None:
    """Give up waiting at a gate and drive off (from an entry) or back in (from an exit)."""
    with lot.lock:
        car = lot.traffic.cars.get(plate)
        gate = lot.gates.get(car.place.removeprefix("gate:")) if car else None
        if car is None or gate is None:
            raise Refused("not_there")
        car.place, car.thoughts = ("outside" if gate.config.direction == "entry" else "inside"), ""
        gate.barrier.vehicle_present = False
    lot.notify()


def swipe(lot: SimulatedLot, plate: str, controller_code: str, spot: str = "") -> None:
    """Hold the card to a controller's reader; if the lock of a spot behind it goes down, park there.

    Who knows the own ``spot`` parks on no other one, whatever goes down meanwhile for somebody else.
    """
    controller = lot.controllers.get(controller_code)
    car = lot.traffic.cars.get(plate)
    if controller is None or car is None or spot not in {"", *lot.locks}:
        raise Refused("unknown")
    if car.card is None:
        raise Refused("no_card")
    if car.place == "outside" or car.place.startswith("gate:"):
        raise Refused("not_there")
    lowered = {item.spot for item in controller.config.locks if lot.locks[item.spot].position == "lowered"}
    if not controller.panel.hold_card(car.card.memory):
        raise Refused("no_power")
    with lot.lock:
        car.heading = controller_code
    behind = {item.spot for item in controller.config.locks}
    candidates = behind & {spot} if spot else behind - lowered
    in_background(lambda: _park_when_lowered(lot, car, controller_code, candidates), f"driver {plate}")


def _park_when_lowered(lot: SimulatedLot, car: Car, controller_code: str, candidates: set[str]) -> None:
    def lowered() -> str:
        return next((s for s in candidates if lot.locks[s].position == "lowered"), "")

    lot.wait_for(lambda: bool(lowered()) or car.heading != controller_code, PATIENCE)
    spot = lowered()
    lot.wait_for(lambda: not lowered(), GETTING_IN)
    if spot and car.heading == controller_code and car.place == "inside":
        park(lot, car.plate, spot)


def park(lot: SimulatedLot, plate: str, spot: str) -> None:
    """Drive onto a spot whose lock is down."""
    with lot.lock:
        car, lock = lot.traffic.cars.get(plate), lot.locks.get(spot)
        if car is None or lock is None:
            raise Refused("unknown")
        if lock.position != "lowered":
            raise Refused("up")
        if lock.vehicle_present:
            raise Refused("taken")
        if car.place != "inside":
            raise Refused("not_there")
        lock.vehicle_present = True
        car.place, car.heading = f"spot:{spot}", ""
    lot.notify()


def leave(lot: SimulatedLot, plate: str, gate: SimulatedGate) -> None:
    """Drive from the spot to an exit; camera, card and barrier follow by themselves."""
    with lot.lock:
        car = lot.traffic.cars.get(plate)
        if car is None or (car.place != "inside" and not car.place.startswith("spot:")):
            raise Refused("not_there")
        if lot.traffic.at(f"gate:{gate.code}"):
            raise Refused("taken")
        if car.place.startswith("spot:"):
            lot.locks[car.place.removeprefix("spot:")].vehicle_present = False
        car.place, car.thoughts, car.heading = f"gate:{gate.code}", "wait_collector", ""
    lot.notify()
    in_background(lambda: _exit(lot, car, gate), f"driver {plate}")


def _exit(lot: SimulatedLot, car: Car, gate: SimulatedGate) -> None:
    _drive_up(lot, car, gate)
    try:
        insert_card(lot, car.plate)
    except Refused as refusal:
        if refusal.code != "no_card":  # it turned back while it was being looked at
            return
        with lot.lock:
            car.thoughts = "no_card"
        lot.notify()
    _pass_when_open(lot, car, gate, "outside")


def insert_card(lot: SimulatedLot, plate: str) -> None:
    """Put the card into the collector of the exit at which the car stands."""
    with lot.lock:
        car = lot.traffic.cars.get(plate)
        gate = lot.gates.get(car.place.removeprefix("gate:")) if car else None
        if car is None or gate is None or gate.config.direction != "exit":
            raise Refused("not_there")
        if car.card is None:
            raise Refused("no_card")
        card, car.card, car.thoughts = car.card, None, "wait_barrier"
    gate.put_card(card)
    lot.notify()


def drop_card(lot: SimulatedLot, plate: str) -> None:
    """Lose the card: it lies somewhere on the ground."""
    with lot.lock:
        car = lot.traffic.cars.get(plate)
        if car is None or car.card is None:
            raise Refused("no_card")
        lot.traffic.lost_cards.append(car.card)
        car.card = None
    lot.notify()


def pick_up_card(lot: SimulatedLot, plate: str) -> None:
    """Find the card that was lost last, whosever it was."""
    with lot.lock:
        car = lot.traffic.cars.get(plate)
        if car is None or car.place == "outside":
            raise Refused("not_there")
        if car.card is not None:
            raise Refused("taken")
        if not lot.traffic.lost_cards:
            raise Refused("no_card")
        car.card = lot.traffic.lost_cards.pop()
    lot.notify()
