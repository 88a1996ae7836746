from __future__ import annotations

from itertools import pairwise
from math import dist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.queries.walk import Lane, lanes_of, way

RING = [
    {"kind": "lane", "points": [[1, 1], [7, 1], [7, 33], [1, 33]]},
    {"kind": "lane", "points": [[53, 1], [59, 1], [59, 33], [53, 33]]},
    {"kind": "lane", "points": [[7, 6], [53, 6], [53, 12], [7, 12]]},
    {"kind": "lane", "points": [[7, 22], [53, 22], [53, 28], [7, 28]]},
    {"kind": "wall", "points": [[0, 0], [60, 0]]},
]


def test_way_follows_lanes_and_turns_where_they_cross() -> None:
    assert way((0, 9), (30, 14), lanes_of(RING)) == [(0, 9), (30, 9.0), (30, 14)]
    assert way((0, 25), (30, 4), lanes_of(RING)) == [(0, 25), (4.0, 25), (4.0, 9.0), (30, 9.0), (30, 4)]


def test_arrows_are_obeyed() -> None:
    arrows = [
        {"kind": "arrow", "points": [[20, 9], [24, 9]]},
        {"kind": "arrow", "points": [[56, 15], [56, 19]]},
        {"kind": "arrow", "points": [[24, 25], [20, 25]]},
    ]
    found = way((0, 9), (30, 20), lanes_of(RING + arrows))
    assert found == [(0, 9), (56.0, 9.0), (56.0, 25.0), (30, 25.0), (30, 20)]
    assert way((0, 9), (30, 20), lanes_of(RING)) == [(0, 9), (4.0, 9), (4.0, 25.0), (30, 25.0), (30, 20)]


def test_arrows_that_leave_no_way_are_disregarded() -> None:
    away = [{"kind": "arrow", "points": [[24, y], [20, y]]} for y in (9, 25)]
    assert way((0, 9), (30, 14), lanes_of(RING + away)) == [(0, 9), (30, 9.0), (30, 14)]


def test_way_without_lanes_is_the_straight_line() -> None:
    assert way((0, 0), (5, 5), []) == [(0, 0), (5, 5)]


def test_way_between_lanes_that_do_not_meet_is_the_straight_line() -> None:
    apart = [Lane(0, 0, 10, 2), Lane(0, 20, 10, 22)]
    assert way((0, 0), (5, 25), apart) == [(0, 0), (5, 25)]


@pytest.mark.parametrize("shapes", [[], [{"kind": "wall", "points": [[0, 0], [1, 1]]}]])
def test_only_lanes_are_walked(shapes: list[dict[str, object]]) -> None:
    assert lanes_of(shapes) == []


_POINTS = st.tuples(st.floats(0, 60), st.floats(0, 34))


@given(start=_POINTS, end=_POINTS)
def test_way_leads_from_start_to_end_and_runs_square_between(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    found = way(start, end, lanes_of(RING))
    assert (found[0], found[-1]) == (start, end) or dist(start, end) < 0.02
    for (x1, y1), (x2, y2) in list(pairwise(found))[1:-1]:
        assert x1 == pytest.approx(x2) or y1 == pytest.approx(y2)
    assert sum(dist(a, b) for a, b in pairwise(found)) >= dist(start, end) - 0.03
