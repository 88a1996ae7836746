"""Writes the lots: plans, gates, spots with their pins, staff."""

from __future__ import annotations

from math import cos, radians
from typing import Any

from berth.kernel.pins import hash_pin
from berth.seed.geometry import HEIGHT, LANE, LANE_TOPS, outline, shapes, width
from berth.seed.owners import owner_of
from berth.seed.places import Place
from lots.models import FloorPlan, Gate, Lot, LotStaff, Spot
from members.models import Member

METRES_PER_DEGREE = 111_320
BOOTH_PIN = "135790"
"""Of the demo's staff, at every lot's booth page."""
STAFF = {"yijing": "staff", "zhujiang": "staff_zhujiang", "tianhe": "staff_tianhe"}


def make_ground(place: Place, people: dict[str, Member]) -> Lot:
    """The lot with everything that does not move."""
    lot, created = Lot.objects.get_or_create(code=place.code, defaults=_lot_fields(place, people))
    if not created:
        return lot
    plan = _make_plan(place, lot)
    _make_gates(place, lot, plan)
    _make_spots(place, lot, plan, people)
    LotStaff.objects.create(lot=lot, member=people[STAFF[place.code]], on_duty=True, pin=hash_pin(BOOTH_PIN))
    LotStaff.objects.create(lot=lot, member=people[place.manager], role=LotStaff.Role.MANAGER)
    return lot


def _lot_fields(place: Place, people: dict[str, Member]) -> dict[str, Any]:
    return {
        "kind": place.kind,
        "name_zh": place.name_zh,
        "name_en": place.name_en,
        "address_zh": place.address_zh,
        "address_en": place.address_en,
        "entry_rules_zh": place.entry_zh,
        "entry_rules_en": place.entry_en,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "manager": people[place.manager],
        "published": True,
    }


def _make_plan(place: Place, lot: Lot) -> FloorPlan:
    extras = [
        {"kind": extra.kind, "points": extra.points, **({"label": extra.label} if extra.label else {})}
        for extra in place.extras
    ]
    lowest = max([HEIGHT, *(point[1] + 0.5 for extra in place.extras for point in extra.points)])
    return FloorPlan.objects.create(
        lot=lot,
        level=place.level,
        name_zh=place.level_zh,
        name_en=place.level_en,
        width=_plan_width(place),
        height=round(lowest, 2),
        shapes=[*shapes(place.rows), *extras],
    )


def _make_gates(place: Place, lot: Lot, plan: FloorPlan) -> None:
    ins, outs = (round(top + LANE / 2, 2) for top in LANE_TOPS)
    for code, zh, en, direction, y in (
        ("in-1", "入口", "Entrance", Gate.Direction.ENTRY, ins),
        ("out-1", "出口", "Exit", Gate.Direction.EXIT, outs),
    ):
        latitude, longitude = pin(place, -4.0, y)
        Gate.objects.create(
            lot=lot, floor_plan=plan, code=code, name_zh=zh, name_en=en, direction=direction,
            latitude=latitude, longitude=longitude, x=1.6, y=y, **place.gates.get(code, {}),
        )  # fmt: skip


def _make_spots(place: Place, lot: Lot, plan: FloorPlan, people: dict[str, Member]) -> None:
    spots = []
    for row in place.rows:
        for index, code in enumerate(row.codes):
            corners = outline(row, index)
            latitude, longitude = pin(place, corners[0][0] + 1.25, corners[0][1] + 2.65)
            spots.append(
                Spot(
                    lot=lot, code=code, floor_plan=plan, outline=corners, owner=people[owner_of(place.code, code)],
                    features=int(place.features | place.special.get(code, 0)),
                    max_height_cm=place.max_height_cm or None, latitude=latitude, longitude=longitude,
                )
            )  # fmt: skip
    Spot.objects.bulk_create(spots)


def pin(place: Place, x: float, y: float) -> tuple[float, float]:
    """Latitude and longitude of a point on the plan, whose middle is the lot's point, north up."""
    north = (HEIGHT / 2 - y) / METRES_PER_DEGREE
    east = (x - _plan_width(place) / 2) / (METRES_PER_DEGREE * cos(radians(place.latitude)))
    return round(place.latitude + north, 6), round(place.longitude + east, 6)


def _plan_width(place: Place) -> float:
    return width(max(len(row.codes) for row in place.rows))
