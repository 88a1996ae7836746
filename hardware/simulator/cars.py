"""Cars and the cards in their drivers' hands."""

from __future__ import annotations

from dataclasses import dataclass, field

CARD_MEMORY = 64


@dataclass(slots=True)
class Card:
    """An IC card: its chip UID (hex) and what the gate wrote into its memory."""

    uid: str
    memory: bytes = b""


@dataclass(slots=True)
class Car:
    """``place`` is outside, gate:<code>, behind:<code>, inside or spot:<code>; ``heading`` the controller of the last
    swipe."""

    plate: str
    place: str = "outside"
    card: Card | None = None
    heading: str = ""
    read_as: str = ""
    """What cameras make of the plate where that is something else (mud, a bent plate)."""
    thoughts: str = ""
    """What keeps the driver waiting, as a key that the page translates: wait_barrier, no_card, …"""


@dataclass(slots=True)
class Traffic:
    """The cars that a lot knows, by plate."""

    cars: dict[str, Car] = field(default_factory=dict)
    lost_cards: list[Card] = field(default_factory=list)
    """Cards that lie on the ground, the last dropped at the end."""

    def at(self, place: str) -> Car | None:
        return next((car for car in self.cars.values() if car.place == place), None)

    def get_or_make(self, plate: str) -> Car:
        return self.cars.setdefault(plate, Car(plate))
