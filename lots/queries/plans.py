"""A floor plan with the state of its bays, as the ``floor_plan`` tag draws it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from lots.models import FloorPlan, Gate, Lot, Spot
from lots.queries.availability import is_free_by_spot

STATES = ("free", "reserved", "taken", "fault", "closed")


@dataclass(frozen=True, slots=True)
class Bay:
    """A bay: its outline in metres, one of ``STATES``, and what a tap on it opens."""

    code: str
    points: Sequence[Sequence[float]]
    state: str
    label: str
    href: str
    mine: bool


def floor_plan_view(
    lot: Lot,
    *,
    plan: FloorPlan | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    states: Mapping[int, str] | None = None,
    labels: Mapping[int, str] | None = None,
    mine: Collection[int] = frozenset(),
    href: Callable[[Spot], str] | None = None,
    controllers: Sequence[Mapping[str, Any]] = (),
    walk: Sequence[Sequence[float]] = (),
) -> dict[str, Any]:
    """One level (``plan``, else the lot's first) as a dict for ``{% floor_plan %}``; at most four queries.

    A bay's state over [start, end) (without them: now) is free, reserved, fault (its lock) or closed (not offered);
    ``states`` by spot id goes before it, for who knows better: what locks and sensors say. ``mine``: spot ids.
    """
    plan = plan or lot.floor_plans.first()
    if plan is None:
        return {"width": 1, "height": 1, "shapes": [], "bays": [], "gates": [], "controllers": [], "walk": []}
    spots = list(plan.spots.all())
    at = timezone.now()
    offered = is_free_by_spot(lot, start or at, end or at)
    known, texts = states or {}, labels or {}
    bays = [
        Bay(
            code=spot.code,
            points=spot.outline,
            state=known.get(spot.pk) or _state(spot, offered.get(spot.pk)),
            label=texts.get(spot.pk, ""),
            href=href(spot) if href else "",
            mine=spot.pk in mine,
        )
        for spot in spots
    ]
    return {
        "width": plan.width,
        "height": plan.height,
        "shapes": plan.shapes,
        "bays": [asdict(bay) for bay in bays],
        "gates": [_gate(gate) for gate in plan.gates.all()],
        "controllers": list(controllers),
        "walk": list(walk),
    }


def _state(spot: Spot, free: bool | None) -> str:
    if spot.sick_since is not None:
        return "fault"
    if free is None:
        return "closed"
    return "free" if free else "reserved"


def _gate(gate: Gate) -> dict[str, Any]:
    return {"code": gate.code, "x": gate.x, "y": gate.y, "direction": gate.direction, "label": gate.name}
