"""Spots within R of a point, idle and listed for the whole of the wanted time, lots grouped (docs/search.md).

Lots by a GiST circle in Web Mercator, whose metres are 1/cos(latitude) true ones; the radius is corrected by the
centre's. Against the great circle that is within 0.2 % at 50 km in Guangzhou, and better the shorter the way. Per lot
the cheapest spot decides its place in the list; only the lots that are shown are counted. Sorted by distance, the index
hands out lots nearest first and the search stops at ``limit``. The 180th meridian is not crossed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from berth.kernel.prepared import execute_prepared
from lots.models import Lot
from lots.queries.cursors import Key, cursor_after, key_of
from lots.queries.search_input import check_choice, check_wish
from lots.queries.wishes import (
    DISTANCE,
    EARTH_RADIUS_M,
    NEAR,
    Needs,
    Wish,
    lots_sql,
    needs_values,
    place_values,
    spots_sql,
)

SPOTS_PER_LOT = 3
DETOUR = 1.3
"""A way on foot against the straight line; the usual figure for city blocks."""
WALK_M_PER_MINUTE = 80

_LOT_FIELDS = [field.attname for field in Lot._meta.concrete_fields]
_LOT_COLUMNS = [field.column for field in Lot._meta.concrete_fields]
_SPOT_COLUMNS = 5
"""As many as SpotResult has fields."""

# The SQL is put together from the constants here and in wishes alone; whatever comes from outside is a parameter.
_WALK = f"""
    coalesce((
        SELECT min(point({EARTH_RADIUS_M} * radians(a.longitude),
                         {EARTH_RADIUS_M} * ln(tan(pi() / 4 + radians(a.latitude) / 2))) <-> point(%(x)s, %(y)s))
        FROM lots_gate a WHERE a.lot_id = l.id AND a.latitude BETWEEN -85 AND 85
    ) * %(scale)s, {DISTANCE}) * {DETOUR}
"""  # noqa: S608
_CHEAPEST = """
CROSS JOIN LATERAL (
    SELECT i.price_minor FROM lots_idletime i WHERE i.lot_id = l.id AND {spots} ORDER BY i.price_minor LIMIT 1
) cheapest
"""
_AFTER = "AND ({first}, {distance}, l.id) > (%(after_first)s::float8, %(after_distance)s::float8, %(after_id)s)"
# For each order: its first sort value, how the lots are had, by what they are sorted.
_ORDERS = {
    "price": ("cheapest.price_minor", _CHEAPEST, "first, distance_m"),
    "walk": (_WALK, "", "first, distance_m"),
    "distance": ("0", "", "l.mercator <-> point(%(x)s, %(y)s)"),
}
_HAS_ONE = "AND EXISTS (SELECT FROM lots_idletime i WHERE i.lot_id = l.id AND {spots})"
_SEARCH = """
WITH best AS MATERIALIZED (
    SELECT l.id, {first} AS first, {distance} AS distance_m, {walk} AS walk_m
    FROM lots_lot l {joined}
    WHERE {lots} AND {near} {has_one} {after}
    ORDER BY {order}, l.id LIMIT %(limit)s
)
SELECT best.id, best.first, best.distance_m, best.walk_m, found.amount,
    s.id, s.code, s.features, found.price_minor, g.day_cap_minor, {lot_columns}
FROM best
JOIN lots_lot l ON l.id = best.id
CROSS JOIN LATERAL (
    SELECT i.spot_id, i.listing_id, i.price_minor, count(*) OVER () AS amount
    FROM lots_idletime i WHERE i.lot_id = best.id AND {spots}
    ORDER BY i.price_minor, i.spot_id LIMIT %(spots_per_lot)s
) found
JOIN lots_spot s ON s.id = found.spot_id
JOIN lots_listing g ON g.id = found.listing_id
ORDER BY best.first, best.distance_m, best.id, found.price_minor, s.id
"""


@dataclass(frozen=True, slots=True)
class SpotResult:
    """A spot that is free for the whole time. Money in minor units of the lot's currency."""

    spot_id: int
    code: str
    features: int
    hourly_price_minor: int
    day_cap_minor: int | None


@dataclass(frozen=True, slots=True)
class LotResult:
    """A lot with its cheapest free spots (at most ``spots_per_lot``); ``count``: how many are free in all.

    ``walk_m``: on foot from its nearest gate, by the straight line and a usual detour.
    """

    lot: Lot
    distance_m: float
    count: int
    walk_m: float = 0
    spots: list[SpotResult] = field(default_factory=list)

    @property
    def walk_minutes(self) -> int:
        return max(1, round(self.walk_m / WALK_M_PER_MINUTE))


@dataclass(frozen=True, slots=True)
class Page:
    """``next``: the cursor of the page after this one, None at the end."""

    lots: list[LotResult]
    next: str | None


def search_spots(
    *,
    latitude: float,
    longitude: float,
    radius_m: float,
    start: datetime,
    end: datetime,
    features: int = 0,
    order: str = "price",
    limit: int = 20,
    spots_per_lot: int = SPOTS_PER_LOT,
) -> list[LotResult]:
    """The first lots for one time. One query. Raises InvalidInput with fields for what cannot be asked."""
    wish = Wish(
        latitude=latitude,
        longitude=longitude,
        radius_m=radius_m,
        periods=((start, end),),
        needs=Needs(features=features),
    )
    check_wish(wish)
    check_choice(order, limit)
    return _found(wish, order, limit, None, spots_per_lot)[0]


def search_page(wish: Wish, *, order: str = "price", limit: int = 20, cursor: str | None = None) -> Page:
    """A page of lots in the order asked for, and where the next begins. One query.

    Raises InvalidInput with fields for what cannot be asked, and for a cursor that is not ours.
    """
    check_wish(wish)
    check_choice(order, limit)
    wish = _in_utc(wish)
    after = key_of(cursor, wish, order) if cursor else None
    lots, keys = _found(wish, order, limit + 1, after, SPOTS_PER_LOT)
    more = len(lots) > limit
    return Page(lots[:limit], cursor_after(keys[limit - 1], wish, order) if more else None)


def search_sql(needs: Needs, periods: tuple[tuple[datetime, datetime], ...], order: str, *, after: bool = False) -> str:
    """The statement, with named parameters."""
    first, joined, sorting = _ORDERS[order]
    spots = spots_sql(needs, periods)
    return _SEARCH.format(
        first=first,
        distance=DISTANCE,
        walk=_WALK,
        joined=joined.format(spots=spots),
        lots=lots_sql(needs),
        near=NEAR,
        has_one="" if joined else _HAS_ONE.format(spots=spots),
        after=_AFTER.format(first=first, distance=DISTANCE) if after else "",
        order=sorting,
        spots=spots,
        lot_columns=", ".join(f'l."{column}"' for column in _LOT_COLUMNS),
    )


def _found(
    wish: Wish, order: str, limit: int, after: Key | None, spots_per_lot: int
) -> tuple[list[LotResult], list[Key]]:
    values: dict[str, Any] = {**place_values(wish), **needs_values(wish.needs, wish.periods)}
    values |= {"limit": limit, "spots_per_lot": spots_per_lot}
    if after:
        values |= dict(zip(("after_first", "after_distance", "after_id"), after, strict=True))
    with connection.cursor() as cursor:
        execute_prepared(cursor, search_sql(wish.needs, wish.periods, order, after=bool(after)), values)
        return _grouped(cursor.fetchall())


def _grouped(rows: Sequence[tuple[Any, ...]]) -> tuple[list[LotResult], list[Key]]:
    found: dict[int, LotResult] = {}
    keys: list[Key] = []
    for lot_id, first, distance_m, walk_m, amount, *rest in rows:
        if lot_id not in found:
            lot = Lot.from_db(connection.alias, _LOT_FIELDS, rest[_SPOT_COLUMNS:])
            found[lot_id] = LotResult(lot, distance_m, amount, walk_m)
            keys.append((first, distance_m, lot_id))
        found[lot_id].spots.append(SpotResult(*rest[:_SPOT_COLUMNS]))
    return list(found.values()), keys


def _in_utc(wish: Wish) -> Wish:
    """The same question asked in another zone has the same cursor."""
    periods = tuple((start.astimezone(UTC), end.astimezone(UTC)) for start, end in wish.periods)
    return Wish(
        latitude=wish.latitude,
        longitude=wish.longitude,
        radius_m=wish.radius_m,
        periods=periods,
        needs=wish.needs,
    )
