"""Floor plans of the seed: drawn from numbers, so the numbers are checked."""

from __future__ import annotations

from itertools import combinations

import pytest

from berth.design.floor_plan import FILLED, LINES
from berth.seed.geometry import BAY_LENGTH, BAY_WIDTH, HEIGHT, outline, shapes, width
from berth.seed.places import PLACES, Place

Box = tuple[float, float, float, float]
EACH_PLACE = pytest.mark.parametrize("place", PLACES, ids=lambda place: place.code)


def box(points: list[list[float]]) -> Box:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def bays(place: Place) -> dict[str, Box]:
    return {code: box(outline(row, index)) for row in place.rows for index, code in enumerate(row.codes)}


def plan_width(place: Place) -> float:
    return width(max(len(row.codes) for row in place.rows))


@EACH_PLACE
def test_bays_have_their_size_and_stay_apart(place: Place) -> None:
    drawn = bays(place)
    for left, top, right, bottom in drawn.values():
        assert (round(right - left, 2), round(bottom - top, 2)) == (BAY_WIDTH, BAY_LENGTH)
        assert 0 <= left < right <= plan_width(place)
        assert 0 <= top < bottom <= HEIGHT
    assert not [pair for pair in combinations(drawn, 2) if overlap(drawn[pair[0]], drawn[pair[1]])]


@EACH_PLACE
def test_nothing_that_is_drawn_covers_a_bay(place: Place) -> None:
    solid = [box(shape["points"]) for shape in shapes(place.rows) if shape["kind"] in ("lane", "pillar")]
    solid += [box(extra.points) for extra in place.extras]
    assert not [code for code, bay in bays(place).items() if any(overlap(bay, thing) for thing in solid)]


@EACH_PLACE
def test_every_shape_is_one_that_floor_plans_know(place: Place) -> None:
    kinds = {shape["kind"] for shape in shapes(place.rows)} | {extra.kind for extra in place.extras}
    assert kinds <= set(FILLED + LINES)


@EACH_PLACE
def test_controllers_have_four_to_eight_bays_each_once(place: Place) -> None:
    charges = [place.rows[row].codes[first : first + count] for row, first, count in place.controllers]
    assert all(4 <= len(charge) <= 8 for charge in charges)
    assert len({code for charge in charges for code in charge}) == sum(map(len, charges))
