"""What a map shows of its section: lots with free spots, gathered to clusters as the zoom asks.

A wide view holds more lots than anyone wants checked for a time: below ``ZOOM_WITH_TIMES`` clusters count published
lots alone, from the GiST index; from there on a cluster counts the lots that are free for the whole of the wanted time
and names the lowest price among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, isfinite, pi, radians
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import InvalidInput, Text
from lots.domain.intervals import Interval
from lots.queries.search_input import check_needs, check_periods
from lots.queries.wishes import EARTH_RADIUS_M, Needs, lots_sql, mercator, needs_values, spots_sql

MAX_ZOOM = 22
ZOOM_WITH_TIMES = 11
CELL_PIXELS = 64
TILE_PIXELS = 256
WIDEST_PIXELS = 8192
"""A section wider than any screen is refused: it would be a way to ask for everything."""
_WORLD_M = 2 * pi * EARTH_RADIUS_M

_CLUSTERS = """
SELECT count(*), min(found.price_minor), avg(found.latitude), avg(found.longitude), min(found.code)
FROM (
    SELECT l.code, l.latitude, l.longitude, l.mercator, {price} AS price_minor
    FROM lots_lot l {joined}
    WHERE {lots} AND l.mercator <@ box(point(%(east)s, %(north)s), point(%(west)s, %(south)s))
) found
GROUP BY floor(found.mercator[0] / %(cell)s), floor(found.mercator[1] / %(cell)s)
ORDER BY 1 DESC, 5
"""
_CHEAPEST = """
CROSS JOIN LATERAL (
    SELECT i.price_minor FROM lots_idletime i WHERE i.lot_id = l.id AND {spots} ORDER BY i.price_minor LIMIT 1
) cheapest
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Of the map, WGS-84; ``zoom`` as web maps count it (0 the whole world in one tile)."""

    south: float
    west: float
    north: float
    east: float
    zoom: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """``lots`` around a point. ``code``: of the lot where it is one alone. Price: per hour, None in a wide view."""

    latitude: float
    longitude: float
    lots: int
    hourly_price_minor: int | None
    code: str | None


def clusters(section: Section, *, periods: tuple[Interval, ...], needs: Needs | None = None) -> list[Cluster]:
    """One query. Raises InvalidInput with fields for a section that is none, or wider than a screen at its zoom."""
    needs = needs or Needs()
    check_section(section)
    check_periods(periods)
    check_needs(needs)
    west, south = mercator(section.south, section.west)
    east, north = mercator(section.north, section.east)
    values: dict[str, Any] = {"west": west, "south": south, "east": east, "north": north}
    values |= {"cell": _WORLD_M / 2**section.zoom * CELL_PIXELS / TILE_PIXELS, **needs_values(needs, periods)}
    timed = section.zoom >= ZOOM_WITH_TIMES
    sql = _CLUSTERS.format(
        price="cheapest.price_minor" if timed else "NULL::int",
        joined=_CHEAPEST.format(spots=spots_sql(needs, periods)) if timed else "",
        lots=lots_sql(needs),
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [
            Cluster(latitude, longitude, lots, price, code if lots == 1 else None)
            for lots, price, latitude, longitude, code in cursor.fetchall()
        ]


def check_section(section: Section) -> None:
    """Raises InvalidInput with fields."""
    faults: dict[str, Text] = {}
    for name, limit in (("south", 85), ("north", 85), ("west", 180), ("east", 180)):
        value = getattr(section, name)
        if not (isfinite(value) and -limit <= value <= limit):
            faults[name] = _("That is not on the map.")
    if not 0 <= section.zoom <= MAX_ZOOM:
        faults["zoom"] = _("The zoom must lie between 0 and 22.")
    if not faults:
        faults = _extent_faults(section)
    if faults:
        raise InvalidInput("section_invalid", next(iter(faults.values())), fields=faults)


def _extent_faults(section: Section) -> dict[str, Text]:
    if section.north <= section.south:
        return {"north": _("The north edge must lie north of the south edge.")}
    if section.east <= section.west:
        return {"east": _("The east edge must lie east of the west edge.")}
    pixels = (section.east - section.west) / 360 * TILE_PIXELS * 2**section.zoom
    tall = (section.north - section.south) / 360 * TILE_PIXELS * 2**section.zoom
    if max(pixels, tall / cos(radians(max(abs(section.south), abs(section.north))))) > WIDEST_PIXELS:
        return {"zoom": _("That section is too wide for its zoom.")}
    return {}
