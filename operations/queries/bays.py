"""Every bay as it is now: who has it, and what its lock says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from hardware.models import Controller, SpotLock
from lots.models import FloorPlan, Gate, Lot, Occupancy, Spot
from operations.words import lock_words
from trading.models import Stay

Position = SpotLock.Position
FAULTS = (Position.JAMMED, Position.OFFLINE)


@dataclass(frozen=True, slots=True)
class BayNow:
    """``state`` is the floor plan's: free, reserved, taken, open, fault. ``lamp`` is of the lock; grey without one."""

    spot: Spot
    lock: SpotLock | None
    state: str
    word: str
    lamp: str
    lock_word: str
    href: str

    @property
    def spoken(self) -> str:
        return f"{self.word}, {self.lock_word}" if self.lock else self.word


def bays_now(lot: Lot, *, at: datetime | None = None) -> list[BayNow]:
    """All bays by code. Three queries."""
    at = at or timezone.now()
    reserved = set(
        Occupancy.objects.filter(spot__lot=lot, state=Occupancy.State.LIVE, period__contains=at).values_list(
            "spot_id", flat=True
        )
    )
    parked = set(Stay.objects.filter(booking__lot=lot, left_at=None).values_list("booking__spot_id", flat=True))
    spots = Spot.objects.filter(lot=lot).select_related("lock__controller").order_by("code")
    return [_bay(lot, spot, spot.pk in reserved, spot.pk in parked) for spot in spots]


def _bay(lot: Lot, spot: Spot, reserved: bool, parked: bool) -> BayNow:
    lock: SpotLock | None = getattr(spot, "lock", None)
    state, word = _state(spot, lock, reserved=reserved, parked=parked)
    lamp, lock_word = lock_words(lock)
    href = reverse("dashboard_bay", args=[lot.code, spot.code])
    return BayNow(spot, lock, state, word, lamp, lock_word, href)


def _state(spot: Spot, lock: SpotLock | None, *, reserved: bool, parked: bool) -> tuple[str, str]:
    if lock is not None and lock.acknowledged in FAULTS:
        return "fault", _("out of order")
    if spot.stranger_since is not None:
        return "fault", _("occupied by a stranger")
    if parked or (lock is not None and lock.vehicle_present):
        return "taken", _("occupied")
    if lock is not None and lock.acknowledged == Position.LOWERED and not reserved:
        return "open", _("lock open")
    return ("reserved", _("reserved")) if reserved else ("free", _("free"))


def plans_of(lot: Lot, bays: list[BayNow]) -> list[dict[str, Any]]:
    """The lot's levels for the floor_plan tag, with states. Three more queries."""
    controllers = list(Controller.objects.filter(lot=lot))
    gates = list(Gate.objects.filter(lot=lot).exclude(Q(x=0) & Q(y=0)))
    return [_plan(plan, bays, controllers, gates) for plan in FloorPlan.objects.filter(lot=lot)]


def _plan(plan: FloorPlan, bays: list[BayNow], controllers: list[Controller], gates: list[Gate]) -> dict[str, Any]:
    return {
        "label": plan.name,
        "width": plan.width,
        "height": plan.height,
        "shapes": plan.shapes,
        "hx_target": "#panel",
        "bays": [
            {"code": b.spot.code, "points": b.spot.outline, "state": b.state, "label": b.spoken, "href": b.href}
            for b in bays
            if b.spot.floor_plan_id == plan.pk
        ],
        "controllers": [
            {"code": c.code, "x": c.x, "y": c.y, "state": "ok" if c.online else "fault"}
            for c in controllers
            if c.floor_plan_id == plan.pk
        ],
        "gates": [
            {"code": g.code, "x": g.x, "y": g.y, "direction": g.direction, "label": g.name}
            for g in gates
            if g.floor_plan_id == plan.pk
        ],
    }
