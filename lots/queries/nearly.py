"""What comes near a wish that nothing fulfils: another time there, the same time further away, or fewer demands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from lots.models import Lot
from lots.queries.search import LotResult, SpotResult, search_page
from lots.queries.search_input import MAX_RADIUS_M, STEP
from lots.queries.wishes import DISTANCE, NEAR, Needs, Wish, features_sql, lots_sql, needs_values, place_values

ALTERNATIVES = 3
LOTS_LOOKED_AT = 40
"""The nearest lots whose other times are looked at: what bounds the work in a dense city."""
SHIFT = timedelta(hours=24)
"""How far another time may lie from the wanted one."""

# Idle pieces around the wanted time that are long enough, cut to whole quarter hours; of each the start that is nearest
# to the wanted one. Per lot the least shift, then the lowest price.
_OTHER_TIMES = """
WITH near AS MATERIALIZED (
    SELECT l.id, {distance} AS distance_m FROM lots_lot l
    WHERE {lots} AND {near} ORDER BY l.mercator <-> point(%(x)s, %(y)s) LIMIT {looked_at}
)
SELECT near.id, near.distance_m, best.starts, s.id, s.code, s.features, best.price_minor, g.day_cap_minor
FROM near
CROSS JOIN LATERAL (
    SELECT i.spot_id, i.listing_id, i.price_minor, fit.starts
    FROM lots_idletime i
    CROSS JOIN LATERAL unnest(i.idle * tstzmultirange(tstzrange(%(from)s, %(until)s))) AS piece
    CROSS JOIN LATERAL (
        SELECT date_bin('15 min', lower(piece) + interval '15 min' - interval '1 us', 'epoch') AS earliest,
            date_bin('15 min', upper(piece) - (%(end)s - %(start)s), 'epoch') AS latest
    ) edge
    CROSS JOIN LATERAL (SELECT greatest(edge.earliest, least(%(start)s, edge.latest)) AS starts) fit
    WHERE i.lot_id = near.id AND {fits} AND edge.earliest <= edge.latest
        AND %(minutes)s BETWEEN i.shortest_minutes AND i.longest_minutes
        AND fit.starts >= %(now)s + i.notice_minutes * interval '1 min'
    ORDER BY abs(extract(epoch FROM fit.starts - %(start)s)), i.price_minor, i.spot_id LIMIT 1
) best
JOIN lots_spot s ON s.id = best.spot_id
JOIN lots_listing g ON g.id = best.listing_id
ORDER BY abs(extract(epoch FROM best.starts - %(start)s)), near.distance_m, near.id LIMIT {limit}
"""


@dataclass(frozen=True, slots=True)
class OtherTime:
    """A spot that is free as long as wanted, at another time."""

    lot: Lot
    distance_m: float
    start: datetime
    end: datetime
    spot: SpotResult


@dataclass(frozen=True, slots=True)
class Nearly:
    """``further``: the wanted time, beyond the radius; ``plainer``: there and then, without the demands."""

    other_times: Sequence[OtherTime]
    further: Sequence[LotResult]
    plainer: Sequence[LotResult]

    @property
    def any(self) -> bool:
        return bool(self.other_times or self.further or self.plainer)


def nearly(wish: Wish) -> Nearly:
    """For a checked wish that found nothing. At most six queries; a time that recurs has no other times."""
    further = search_page(replace(wish, radius_m=MAX_RADIUS_M), order="distance", limit=ALTERNATIVES).lots
    plainer: Sequence[LotResult] = ()
    if wish.needs.any:
        plainer = search_page(replace(wish, needs=Needs()), order="distance", limit=ALTERNATIVES).lots
    return Nearly(_other_times(wish) if len(wish.periods) == 1 else (), further, plainer)


def _other_times(wish: Wish) -> list[OtherTime]:
    length, now = wish.end - wish.start, timezone.now()
    values: dict[str, Any] = {
        **place_values(wish),
        **needs_values(wish.needs, wish.periods),
        "now": now,
        "from": max(now - STEP, wish.start - SHIFT),
        "until": wish.end + SHIFT,
    }
    sql = _OTHER_TIMES.format(
        distance=DISTANCE,
        lots=lots_sql(wish.needs),
        near=NEAR,
        looked_at=LOTS_LOOKED_AT,
        fits=features_sql(wish.needs),
        limit=ALTERNATIVES,
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    lots = Lot.objects.in_bulk([row[0] for row in rows])
    return [
        OtherTime(lots[lot_id], distance_m, start, start + length, SpotResult(*spot))
        for lot_id, distance_m, start, *spot in rows
    ]
