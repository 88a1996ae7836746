"""Who comes when, with which story: all of the day that chance decides, from one seed. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hardware.gates.matching import NEAR_LIMIT, cost

OFFICES = "ABCDEFGHJKLMN"
CHARACTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
MISREAD = {"0": "D", "8": "B", "5": "S", "2": "Z", "6": "G", "D": "0", "B": "8", "S": "5", "Z": "2", "G": "6"}
"""What a tired camera makes of a character."""
CARS_PER_MEMBER = 6
"""Cars are shared out among members, who may have ten on their lists."""

CALM = {
    "plain": 40,
    "wrong_controller": 14,
    "misread_plate": 5,
    "stranger": 4,
    "too_early": 3,
    "cancelled": 4,
    "not_paid": 3,
    "told_twice": 4,
    "not_told": 3,
    "rival": 4,
    "no_show": 3,
    "overstay": 3,
}
"""Story of a day without faults → how often it is drawn."""
TROUBLE = {
    "lost_card": 3,
    "lost_card_inside": 3,
    "damaged_card": 3,
    "jammed_lock": 3,
    "dead_lock": 2,
    "low_battery": 2,
    "button": 3,
    "controller_dark": 3,
    "wire_cut": 3,
    "line_cut": 2,
    "camera_dark": 2,
    "barrier_dead": 2,
    "server_killed": 3,
    "server_killed_at_gate": 2,
    "forged_camera": 2,
}


@dataclass(frozen=True, slots=True)
class Planned:
    """A car of the day. ``number`` from 1 in the order of arrival; ``member`` numbers its driver."""

    number: int
    story: str
    lot: str
    plate: str
    member: int


def make_plan(*, lots: Sequence[str], cars: int, faults: bool, seed: int) -> list[Planned]:
    """Every story at least once where there are cars enough, the rest as often as they weigh; lots in turn."""
    chance = random.Random(seed)  # noqa: S311 (a play, not a secret)
    weights = {**CALM, **(TROUBLE if faults else {})}
    stories = list(weights)[:cars]
    stories += chance.choices(list(weights), list(weights.values()), k=cars - len(stories))
    chance.shuffle(stories)
    plates = _plates(chance)
    members = max(1, -(-cars // CARS_PER_MEMBER))
    return [
        Planned(number, story, lots[number % len(lots)], next(plates), number % members)
        for number, story in enumerate(stories, 1)
    ]


def misread(plate: str) -> str:
    """As a camera may read it: near the plate, and no other. A plate of :func:`make_plan` can be misread."""
    place = next(i for i, character in enumerate(plate) if i > 1 and character in MISREAD)
    return plate[:place] + MISREAD[plate[place]] + plate[place + 1 :]


def _plates(chance: random.Random) -> Iterator[str]:
    """Plates so unlike each other that no camera takes one for another, each with a character to be misread."""
    given: list[str] = []
    while True:
        plate = "粤" + chance.choice(OFFICES) + "".join(chance.choices(CHARACTERS, k=5))
        if not set(plate[2:]) & set(MISREAD) or any(cost(plate, other) <= 2 * NEAR_LIMIT for other in given):
            continue
        given.append(plate)
        yield plate
