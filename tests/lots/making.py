"""Lots, spots and listings for tests: real rows through the real domain functions."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from lots.domain import listings
from lots.models import FloorPlan, Listing, Lot, Spot
from members.models import Member

_numbers = itertools.count(1)

ALWAYS = tuple((weekday, 0, 1440) for weekday in range(7))
"""Windows of a spot that is idle all week."""


def make_member(**values: Any) -> Member:
    number = next(_numbers)
    return Member.objects.create(**{"display_name": f"Member {number}", "email": f"m{number}@berth.example"} | values)


def make_lot(**values: Any) -> Lot:
    number = next(_numbers)
    given = {
        "code": f"lot-{number}",
        "kind": Lot.Kind.RESIDENTIAL,
        "name_zh": f"颐景园{number}",
        "name_en": f"Yijing Garden {number}",
        "address_zh": "广州市天河区华穗路",
        "latitude": 23.1200,
        "longitude": 113.3200,
        "published": True,
    }
    lot = Lot.objects.create(**given | values)
    FloorPlan.objects.create(lot=lot, level=-1, name_zh="负一层", name_en="Level −1", width=60, height=40)
    return lot


def make_spot(lot: Lot | None = None, owner: Member | None = None, **values: Any) -> Spot:
    number = next(_numbers)
    lot = lot or make_lot()
    x = 3.0 * (number % 15)
    given = {
        "code": f"A-{number}",
        "outline": [[x, 2], [x + 2.5, 2], [x + 2.5, 7], [x, 7]],
        "floor_plan": lot.floor_plans.get(),
    }
    return Spot.objects.create(lot=lot, owner=owner or make_member(), **given | values)


def make_listing(
    spot: Spot | None = None,
    *,
    windows: Iterable[tuple[int, int, int]] = ALWAYS,
    hourly_price_minor: int = 800,
    day_cap_minor: int | None = None,
    published: bool = True,
) -> Listing:
    spot = spot or make_spot()
    owner = spot.owner
    listing = listings.create_listing(
        spot=spot, by=owner, hourly_price_minor=hourly_price_minor, day_cap_minor=day_cap_minor, windows=windows
    )
    return listings.publish(listing=listing, by=owner) if published else listing


def quarter(minutes_from_now: int = 0) -> datetime:
    """The quarter hour that begins next, and ``minutes_from_now`` more."""
    step = 15 * 60
    begins = (int(timezone.now().timestamp()) // step + 1) * step
    return datetime.fromtimestamp(begins, UTC) + timedelta(minutes=minutes_from_now)
