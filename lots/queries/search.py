"""Spots within R of a point, idle and listed for the whole of [start, end), lots grouped.

Lots by a GiST circle in Web Mercator, whose metres are 1/cos(latitude) true ones; the radius is corrected by the
centre's. Against the great circle that is within 0.2 % at 50 km in Guangzhou, and better the shorter the way. Per lot
the cheapest spot decides its place in the list; only the lots that are shown are counted. Sorted by distance, the index
hands out lots nearest first and the search stops at ``limit``. The 180th meridian is not crossed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import cos, log, pi, radians, tan

from django.db import connection

from lots.domain.bookable import WITHIN_RULES, bookable_values
from lots.models import Lot
from lots.queries.search_input import check_choice, check_period, check_place

EARTH_RADIUS_M = 6_378_137
SPOTS_PER_LOT = 3

# coalesce changes nothing but the planner's mind: it takes the bare conditions for far rarer than they are, then reads
# and sorts every spot of a lot instead of stopping at the cheapest free one (index idle_time_by_price).
_IDLE = f"""
    i.listed AND coalesce(i.idle @> tstzrange(%(start)s, %(end)s) AND i.features & %(features)s = %(features)s
        AND {WITHIN_RULES}, false)
"""
_NEAR = "l.published AND l.mercator <@ circle(point(%(x)s, %(y)s), %(radius)s)"
_DISTANCE = "(l.mercator <-> point(%(x)s, %(y)s)) * %(scale)s"

# The SQL is put together from the constants above alone; whatever comes from outside is a parameter.
_BY_PRICE = f"""
SELECT l.id, {_DISTANCE} AS distance_m, cheapest.price_minor
FROM lots_lot l
CROSS JOIN LATERAL (
    SELECT i.price_minor FROM lots_idletime i WHERE i.lot_id = l.id AND {_IDLE} ORDER BY i.price_minor LIMIT 1
) cheapest
WHERE {_NEAR}
ORDER BY cheapest.price_minor, distance_m, l.id LIMIT %(limit)s
"""  # noqa: S608
_BY_DISTANCE = f"""
SELECT l.id, {_DISTANCE} AS distance_m, 0 AS price_minor
FROM lots_lot l
WHERE {_NEAR} AND EXISTS (SELECT FROM lots_idletime i WHERE i.lot_id = l.id AND {_IDLE})
ORDER BY l.mercator <-> point(%(x)s, %(y)s), l.id LIMIT %(limit)s
"""  # noqa: S608
_WITH_SPOTS = f"""
WITH best AS MATERIALIZED ({{best}})
SELECT best.id, best.distance_m, s.id, s.code, s.features, found.price_minor, g.day_cap_minor, found.amount
FROM best
CROSS JOIN LATERAL (
    SELECT i.spot_id, i.listing_id, i.price_minor, count(*) OVER () AS amount
    FROM lots_idletime i WHERE i.lot_id = best.id AND {_IDLE}
    ORDER BY i.price_minor, i.spot_id LIMIT %(spots_per_lot)s
) found
JOIN lots_spot s ON s.id = found.spot_id
JOIN lots_listing g ON g.id = found.listing_id
ORDER BY {{order}}, best.id, found.price_minor, s.id
"""  # noqa: S608
_QUERIES = {
    "price": _WITH_SPOTS.format(best=_BY_PRICE, order="best.price_minor, best.distance_m"),
    "distance": _WITH_SPOTS.format(best=_BY_DISTANCE, order="best.distance_m"),
}


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
    """A lot with its cheapest free spots (at most ``spots_per_lot``); ``count``: how many are free in all."""

    lot: Lot
    distance_m: float
    count: int
    spots: list[SpotResult] = field(default_factory=list)


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
    """Lots in the order asked for. Two queries. Raises InvalidInput with fields for what cannot be asked."""
    check_place(latitude, longitude, radius_m)
    check_period(start, end)
    check_choice(features, order, limit)
    x, y = mercator(latitude, longitude)
    scale = cos(radians(latitude))
    values: dict[str, float | datetime] = {"x": x, "y": y, "scale": scale, "radius": radius_m / scale}
    values |= bookable_values(start, end)
    values |= {"features": features, "limit": limit, "spots_per_lot": spots_per_lot}
    with connection.cursor() as cursor:
        cursor.execute(_QUERIES[order], values)
        return _grouped(cursor.fetchall())


def mercator(latitude: float, longitude: float) -> tuple[float, float]:
    """The point in Web Mercator metres, as the generated column has it."""
    return EARTH_RADIUS_M * radians(longitude), EARTH_RADIUS_M * log(tan(pi / 4 + radians(latitude) / 2))


def _grouped(rows: Sequence[tuple[int, float, int, str, int, int, int | None, int]]) -> list[LotResult]:
    lots = Lot.objects.in_bulk({row[0] for row in rows})
    found: dict[int, LotResult] = {}
    for lot_id, distance_m, spot_id, code, features, price_minor, day_cap_minor, amount in rows:
        result = found.setdefault(lot_id, LotResult(lots[lot_id], distance_m, amount))
        result.spots.append(SpotResult(spot_id, code, features, price_minor, day_cap_minor))
    return list(found.values())
