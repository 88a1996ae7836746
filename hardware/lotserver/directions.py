"""The way from one controller to another, in words and an arrow as on the floor plan (M7b)."""

from __future__ import annotations

import math

from hardware.lotserver.config import ControllerConfig, Point
from hardware.lotserver.texts import ARROWS, DIRECTIONS, DIRECTIONS_BESIDE

BESIDE = 4.0
"""Metres up to which the other controller is simply next to this one."""


def directions(spot: str, here: ControllerConfig, there: ControllerConfig, language: str) -> str:
    """Text for the display: the member's language first, the other below."""
    order = ("zh", "en") if language.startswith("zh") else ("en", "zh")
    metres = math.dist(here.place, there.place)
    table = DIRECTIONS_BESIDE if metres <= BESIDE else DIRECTIONS
    labels = {"zh": there.label_zh, "en": there.label_en or there.label_zh}
    return "\n".join(
        table[lang].format(
            spot=spot, label=labels[lang], arrow=arrow(here.place, there.place), metres=round(metres / 5) * 5
        )
        for lang in order
    )


def arrow(start: Point, end: Point) -> str:
    """The arrow that points from start to end on the plan, y downwards."""
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    return ARROWS[round(angle / (math.pi / 4)) % 8]
