"""Floor plans as the page draws them: for choosing a bay, and for finding one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hardware.models import Controller
from lots.models import FloorPlan, Gate, Spot
from trading.models import Booking
from trading.queries.walk import lanes_of, way


def plan_of(
    plan: FloorPlan, spots: Iterable[Spot], gates: Iterable[Gate], bays: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """What ``{% floor_plan %}`` takes. ``bays``: code → state, label, href, mine; others are drawn as closed."""
    drawn = [
        {"code": spot.code, "points": spot.outline, "state": "closed", **bays.get(spot.code, {})} for spot in spots
    ]
    return {
        "name": plan.name,
        "width": plan.width,
        "height": plan.height,
        "shapes": plan.shapes,
        "bays": [bay for bay in drawn if bay["points"]],
        "gates": [
            {"code": gate.code, "x": gate.x, "y": gate.y, "direction": gate.direction, "label": gate.name}
            for gate in gates
        ],
    }


def plan_to_bay(booking: Booking, gates: Iterable[Gate], controller: Controller | None) -> dict[str, Any]:
    """The level of the booked bay with the walking line from its entry. One query."""
    plan = booking.spot.floor_plan
    here = [gate for gate in gates if gate.floor_plan_id in (plan.pk, None)]
    mine = {booking.spot.code: {"mine": True, "state": "reserved"}}
    drawn = plan_of(plan, Spot.objects.filter(floor_plan=plan).order_by("code"), here, mine)
    if controller is not None and controller.floor_plan_id in (plan.pk, None):
        drawn["controllers"] = [{"code": controller.code, "x": controller.x, "y": controller.y, "state": "ok"}]
    entry = next((gate for gate in here if gate.direction == Gate.Direction.ENTRY), None)
    if entry is not None and booking.spot.outline:
        drawn["walk"] = way((entry.x, entry.y), booking.spot.centre, lanes_of(plan.shapes))
    return drawn
