"""Floor plans from a few numbers: rows of bays along drive lanes, with pillars, arrows and walls. Pure; metres.

A level is a ring: two horizontal lanes joined by a vertical lane at each end, four rows of bays above and below them::

    row 0   bays face lane 1          y  1.0 –  6.3
    lane 1  →                         y  6.3 – 12.3
    row 1                             y 12.3 – 17.6
    row 2   back to back with row 1   y 17.6 – 22.9
    lane 2  ←                         y 22.9 – 28.9
    row 3                             y 28.9 – 34.2
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BAY_WIDTH, BAY_LENGTH = 2.5, 5.3
"""GB 50067 and JGJ 100: a small car's bay."""
LANE = 6.0
WALL = 1.0
PILLAR = 0.6
POST = 0.9
"""From the bays' ends to the middle of a controller's post."""
BAYS_BETWEEN_PILLARS = 3
ROW_TOPS = (WALL, WALL + BAY_LENGTH + LANE, WALL + 2 * BAY_LENGTH + LANE, WALL + 3 * BAY_LENGTH + 2 * LANE)
LANE_TOPS = (WALL + BAY_LENGTH, WALL + 3 * BAY_LENGTH + LANE)
HEIGHT = ROW_TOPS[3] + BAY_LENGTH + WALL
BAYS_LEFT = WALL + LANE + WALL
"""Where each row begins."""

Point = list[float]


@dataclass(frozen=True, slots=True)
class Row:
    """``codes`` stand side by side from ``BAYS_LEFT`` on; ``place`` is 0 to 3, see above."""

    place: int
    codes: Sequence[str]


def bay_left(index: int) -> float:
    """The left edge of the bay at ``index`` of a row."""
    return round(BAYS_LEFT + index * BAY_WIDTH + (index // BAYS_BETWEEN_PILLARS) * PILLAR, 2)


def outline(row: Row, index: int) -> list[Point]:
    """The four corners of a bay."""
    return rectangle(bay_left(index), ROW_TOPS[row.place], BAY_WIDTH, BAY_LENGTH)


def at_lane_edge(row: Row, index: int) -> tuple[float, float]:
    """A point at the lane's edge before the left side of a bay, where a controller's post stands."""
    above_lane = row.place in (0, 2)
    y = ROW_TOPS[row.place] + (BAY_LENGTH + POST if above_lane else -POST)
    return round(bay_left(index) - PILLAR / 2, 2), round(y, 2)


def width(longest_row: int) -> float:
    """Of the level, for its longest row."""
    return round(bay_left(longest_row - 1) + BAY_WIDTH + WALL + LANE + WALL, 2)


def shapes(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Everything but the bays: lanes first, then what stands on the ground, walls last."""
    total = width(max(len(row.codes) for row in rows))
    return [*_lanes(total), *_arrows(total), *_pillars(rows), *_walls(total)]


def rectangle(x: float, y: float, w: float, h: float) -> list[Point]:
    x, y, right, bottom = (round(value, 2) for value in (x, y, x + w, y + h))
    return [[x, y], [right, y], [right, bottom], [x, bottom]]


def _lanes(total: float) -> list[dict[str, Any]]:
    inner = HEIGHT - 2 * WALL
    sides = [rectangle(WALL, WALL, LANE, inner), rectangle(total - WALL - LANE, WALL, LANE, inner)]
    across = [rectangle(WALL + LANE, top, total - 2 * (WALL + LANE), LANE) for top in LANE_TOPS]
    return [{"kind": "lane", "points": points} for points in sides + across]


def _arrows(total: float) -> list[dict[str, Any]]:
    """One way round: along lane 1 to the right, down, back along lane 2."""
    first, second = (top + LANE / 2 for top in LANE_TOPS)
    right = total - WALL - LANE / 2
    third = total / 3
    return [
        _arrow(third - 2, first, third + 2, first),
        _arrow(2 * third - 2, first, 2 * third + 2, first),
        _arrow(right, 15.5, right, 19.5),
        _arrow(2 * third + 2, second, 2 * third - 2, second),
        _arrow(third + 2, second, third - 2, second),
    ]


def _arrow(x1: float, y1: float, x2: float, y2: float) -> dict[str, Any]:
    return {"kind": "arrow", "points": [[round(x1, 2), round(y1, 2)], [round(x2, 2), round(y2, 2)]]}


def _pillars(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Between each three bays, at both ends of the row's depth."""
    drawn: list[dict[str, Any]] = []
    for row in rows:
        for index in range(BAYS_BETWEEN_PILLARS, len(row.codes), BAYS_BETWEEN_PILLARS):
            left, top = bay_left(index) - PILLAR, ROW_TOPS[row.place]
            ends = (top + 0.6, top + BAY_LENGTH - 0.6 - PILLAR)
            drawn += [{"kind": "pillar", "points": rectangle(left, y, PILLAR, PILLAR)} for y in ends]
    return drawn


def _walls(total: float) -> list[dict[str, Any]]:
    """Around, open at the lower left and the upper left, where the gates are."""
    half = WALL / 2
    ins, outs = (top + LANE / 2 for top in LANE_TOPS)
    bottom, right = HEIGHT - half, total - half
    around = [[half, outs + 2.2], [half, bottom], [right, bottom], [right, half], [half, half], [half, ins - 2.2]]
    between = [[half, ins + 2.2], [half, outs - 2.2]]
    return [{"kind": "wall", "points": [[round(x, 2), round(y, 2)] for x, y in points]} for points in (around, between)]
