"""How a plate is painted."""

from __future__ import annotations

from typing import TypedDict

from berth.kernel.plates import PlateError, PlateKind, parse


class PlateView(TypedDict):
    """``head`` and ``tail`` stand on the two sides of the dot; a foreign plate has no head."""

    head: str
    tail: str
    colour: str
    size: str


def plate_view(text: str, colour: str = "", size: str = "") -> PlateView:
    """Colours: those of PlateKind; without one it follows from the text (eight characters: green)."""
    try:
        plate, implied = parse(text)
    except PlateError:
        return {"head": "", "tail": text.strip().upper(), "colour": colour or PlateKind.WHITE.value, "size": size}
    kind = PlateKind(colour) if colour else implied
    return {"head": plate[:2], "tail": plate[2:], "colour": kind.value, "size": size}
