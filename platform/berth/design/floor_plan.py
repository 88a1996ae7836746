"""A floor plan as SVG shapes, from geometry in metres (origin top left, y downwards)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import atan2, cos, degrees, dist, hypot, sin
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from berth.design.reading import read

Point = Sequence[float]
STATES = {
    "free": gettext_lazy("free"),
    "reserved": gettext_lazy("reserved"),
    "taken": gettext_lazy("taken"),
    "open": gettext_lazy("lock open"),
    "fault": gettext_lazy("out of order"),
    "closed": gettext_lazy("not offered"),
}
"""Bay state → its word. A bay that is ``mine`` is drawn as such whatever its state."""
FILLED = ("lane", "pillar", "road", "green", "building")
LINES = ("wall", "arrow", "entrance", "exit")


@dataclass(frozen=True, slots=True)
class Shape:
    kind: str
    filled: bool
    points: str
    head: str
    """Points of an arrow's head, or empty."""
    label: str
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Bay:
    """One bay, ready to draw. Coordinates are SVG numbers in metres; ``spoken`` is its accessible name."""

    id: str
    code: str
    state: str
    mine: bool
    href: str
    spoken: str
    points: str
    angle: str
    """Direction of the long side in degrees, for the car drawn at the mark."""
    code_x: str
    code_y: str
    code_size: str
    mark_x: str
    mark_y: str

    @property
    def shown(self) -> str:
        """The state that decides how it is drawn: one's own bay looks so whatever its state."""
        return "mine" if self.mine else self.state


@dataclass(frozen=True, slots=True)
class Sign:
    """A gate or controller: a labelled box at a point."""

    code: str
    x: str
    y: str
    kind: str
    """Of a gate its direction (entry, exit), of a controller its state (ok, fault)."""
    label: str


def number(value: float) -> str:
    """A coordinate with centimetres, without needless zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def path_points(points: Iterable[Point]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


def centre_of(points: Sequence[Point]) -> tuple[float, float]:
    return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)


def shape(source: Any) -> Shape:
    """Raises ValueError for a kind that plans do not have."""
    kind, points = str(read(source, "kind")), read(source, "points")
    if kind not in FILLED + LINES:
        raise ValueError(f"a floor plan has no {kind!r}")
    x, y = centre_of(points)
    return Shape(
        kind=kind,
        filled=kind in FILLED,
        points=path_points(points),
        head=path_points(_arrow_head(points)) if kind == "arrow" else "",
        label=str(read(source, "label", "") or ""),
        x=number(x),
        y=number(y),
    )


def bay(source: Any) -> Bay:
    """Raises ValueError for a state that bays do not have."""
    state, points = str(read(source, "state", "free")), read(source, "points")
    if state not in STATES:
        raise ValueError(f"a bay is one of {', '.join(STATES)}, not {state!r}")
    code, mine = str(read(source, "code")), bool(read(source, "mine", False))
    (x, y), (ux, uy, long, short) = centre_of(points), _axis(points)
    # The code stands at one end, as painted at a bay's mouth; the car or the mark has the rest.
    code_at, mark_at = 0.34 * long, -0.13 * long
    word = _("yours") if mine else str(STATES[state])
    return Bay(
        id=str(read(source, "id", code)),
        code=code,
        state=state,
        mine=mine,
        href=str(read(source, "href", "") or ""),
        spoken=f"{code}, {read(source, 'label', '') or word}",
        points=path_points(points),
        angle=number(degrees(atan2(uy, ux))),
        code_x=number(x + ux * code_at),
        code_y=number(y + uy * code_at),
        code_size=number(short * min(0.44, 1.9 / max(len(code), 1))),
        mark_x=number(x + ux * mark_at),
        mark_y=number(y + uy * mark_at),
    )


def sign(source: Any, kind: str) -> Sign:
    """``kind``: the key that says which gate or controller it is."""
    code = str(read(source, "code"))
    return Sign(
        code=code,
        x=number(read(source, "x")),
        y=number(read(source, "y")),
        kind=str(read(source, kind, "") or ""),
        label=str(read(source, "label", "") or code),
    )


def _axis(points: Sequence[Point]) -> tuple[float, float, float, float]:
    """Unit vector of the longest side, its length, and the length of the shortest side.

    The vector never points up, so that the mark stands above the code.
    """
    sides = list(zip(points, [*points[1:], points[0]], strict=True))
    (x1, y1), (x2, y2) = max(sides, key=lambda side: dist(*side))
    dx, dy = x2 - x1, y2 - y1
    if dy < 0 or (dy == 0 and dx < 0):
        dx, dy = -dx, -dy
    long = hypot(dx, dy) or 1.0
    return dx / long, dy / long, long, min(dist(*side) for side in sides) or long


def _arrow_head(points: Sequence[Point], size: float = 0.9) -> list[Point]:
    (x1, y1), (x2, y2) = points[-2], points[-1]
    angle = atan2(y2 - y1, x2 - x1)
    return [
        (x2 - size * cos(angle - 0.5), y2 - size * sin(angle - 0.5)),
        (x2, y2),
        (x2 - size * cos(angle + 0.5), y2 - size * sin(angle + 0.5)),
    ]
