"""The way from a gate to a bay along the lanes of a floor plan. Pure geometry in metres.

Lanes are drawn as polygons; each is taken as the middle line of its bounding box. The way leaves the gate for the
nearest lane, follows lanes where they cross, and turns off at the bay. An arrow painted on a lane makes it one-way;
where that leaves no way (plans drawn by hand), arrows are disregarded.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import dist
from typing import Any

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Lane:
    left: float
    top: float
    right: float
    bottom: float
    heading: int = 0
    """1: only rightwards or downwards, −1: only leftwards or upwards, 0: both ways."""

    @property
    def is_across(self) -> bool:
        return self.right - self.left >= self.bottom - self.top

    @property
    def middle(self) -> Point:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def nearest(self, point: Point) -> Point:
        """The nearest point of the lane's middle line."""
        if self.is_across:
            return min(max(point[0], self.left), self.right), self.middle[1]
        return self.middle[0], min(max(point[1], self.top), self.bottom)

    def crossing(self, other: Lane) -> Point | None:
        """Where the middle lines meet, lengthened into a lane that they touch."""
        apart = self.right < other.left or other.right < self.left or self.bottom < other.top or other.bottom < self.top
        if apart or self.is_across == other.is_across:
            return None
        across, along = (self, other) if self.is_across else (other, self)
        return along.middle[0], across.middle[1]


def lanes_of(shapes: Iterable[Any]) -> list[Lane]:
    """The lanes among a floor plan's shapes (FloorPlan.shapes), with the headings that its arrows give them."""
    drawn = list(shapes)
    arrows = [shape["points"] for shape in drawn if shape["kind"] == "arrow"]
    return [_lane(shape["points"], arrows) for shape in drawn if shape["kind"] in ("lane", "road")]


def _lane(corners: Sequence[Sequence[float]], arrows: Iterable[Sequence[Sequence[float]]]) -> Lane:
    xs, ys = zip(*corners, strict=True)
    lane = Lane(min(xs), min(ys), max(xs), max(ys))
    axis = 0 if lane.is_across else 1
    headings = {
        1 if arrow[-1][axis] > arrow[0][axis] else -1
        for arrow in arrows
        if all(lane.left <= x <= lane.right and lane.top <= y <= lane.bottom for x, y in arrow)
        and abs(arrow[-1][axis] - arrow[0][axis]) > abs(arrow[-1][1 - axis] - arrow[0][1 - axis])
    }
    return replace(lane, heading=headings.pop()) if len(headings) == 1 else lane


def way(start: Point, end: Point, lanes: Sequence[Lane]) -> list[Point]:
    """Corner points from ``start`` to ``end``; the straight line where the plan has no connected lanes."""
    if not lanes:
        return [start, end]
    first, last = _nearest_lane(start, lanes), _nearest_lane(end, lanes)
    on, off = first.nearest(start), last.nearest(end)
    nodes: dict[Lane, set[Point]] = defaultdict(set)
    nodes[first].add(on)
    nodes[last].add(off)
    for one, other in combinations(lanes, 2):
        if (crossing := one.crossing(other)) is not None:
            nodes[one].add(crossing)
            nodes[other].add(crossing)
    found = _shortest(on, off, _edges(nodes)) or _shortest(on, off, _edges(nodes, both_ways=True))
    return _straightened([start, *found, end]) if found else [start, end]


def _nearest_lane(point: Point, lanes: Sequence[Lane]) -> Lane:
    return min(lanes, key=lambda lane: dist(point, lane.nearest(point)))


def _edges(nodes: dict[Lane, set[Point]], *, both_ways: bool = False) -> dict[Point, list[Point]]:
    neighbours: dict[Point, list[Point]] = defaultdict(list)
    for lane, points in nodes.items():
        for here, there in pairwise(sorted(points)):
            if both_ways or lane.heading >= 0:
                neighbours[here].append(there)
            if both_ways or lane.heading <= 0:
                neighbours[there].append(here)
    return neighbours


def _shortest(start: Point, end: Point, neighbours: dict[Point, list[Point]]) -> list[Point]:
    """Dijkstra; empty where there is no way."""
    queue: list[tuple[float, Point, list[Point]]] = [(0.0, start, [start])]
    done: set[Point] = set()
    while queue:
        length, here, path = heapq.heappop(queue)
        if here == end:
            return path
        if here not in done:
            done.add(here)
            for there in neighbours[here]:
                heapq.heappush(queue, (length + dist(here, there), there, [*path, there]))
    return []


def _straightened(points: Sequence[Point]) -> list[Point]:
    """Without repeated points and without points in the middle of a straight stretch."""
    path: list[Point] = []
    for point in points:
        if path and dist(path[-1], point) < 0.01:
            continue
        if len(path) > 1 and _in_line(path[-2], path[-1], point):
            path.pop()
        path.append(point)
    return path


def _in_line(a: Point, b: Point, c: Point) -> bool:
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])) < 1e-6
