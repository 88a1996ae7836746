"""What is free when: one spot, or every spot of a lot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from lots.domain.bookable import IS_FREE, WITHIN_RULES, bookable_values
from lots.models import Lot
from lots.queries.search_input import check_period

_STATE = f"""
SELECT s.id, s.code, s.features, i.price_minor,
    coalesce(i.listed, false) AS listed,
    coalesce({IS_FREE} AND {WITHIN_RULES}, false) AS free
FROM lots_spot s LEFT JOIN lots_idletime i ON i.spot_id = s.id
WHERE s.lot_id = %(lot)s ORDER BY s.code
"""  # noqa: S608 (constants)
_FITTING = f"""
SELECT i.price_minor, g.day_cap_minor, count(*) OVER (PARTITION BY i.price_minor, g.day_cap_minor)
FROM lots_idletime i JOIN lots_spot s ON s.id = i.spot_id JOIN lots_listing g ON g.id = i.listing_id
WHERE i.lot_id = %(lot)s AND {IS_FREE} AND {WITHIN_RULES}
    AND i.features & %(features)s = %(features)s AND s.owner_id IS DISTINCT FROM %(renter)s
ORDER BY i.price_minor, g.day_cap_minor LIMIT 1
"""  # noqa: S608 (constants)


@dataclass(frozen=True, slots=True)
class SpotState:
    """A spot over a range. ``free``: listed and idle for the whole of it; ``listed``: offered at all."""

    spot_id: int
    code: str
    features: int
    hourly_price_minor: int | None
    listed: bool
    free: bool


def is_idle(spot_id: int, start: datetime, end: datetime) -> bool:
    """Whether the spot is listed and idle for the whole of [start, end). One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT listed AND idle @> tstzrange(%s, %s) FROM lots_idletime WHERE spot_id = %s", [start, end, spot_id]
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def lot_availability(lot: Lot, start: datetime, end: datetime) -> list[SpotState]:
    """Each spot of the lot over [start, end), by code. One query. Raises InvalidInput as the search does."""
    check_period(start, end)
    with connection.cursor() as cursor:
        cursor.execute(_STATE, bookable_values(start, end) | {"lot": lot.pk})
        return [SpotState(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Fitting:
    """The lowest price at which spots of a lot are free, and how many there are at it."""

    hourly_price_minor: int
    day_cap_minor: int | None
    count: int


def cheapest_fitting(lot: Lot, start: datetime, end: datetime, *, features: int, renter_id: int) -> Fitting | None:
    """Among the spots with these features that are not the renter's own; None where none is free. One query."""
    values = bookable_values(start, end) | {"lot": lot.pk, "features": features, "renter": renter_id}
    with connection.cursor() as cursor:
        cursor.execute(_FITTING, values)
        row = cursor.fetchone()
    return Fitting(*row) if row else None


def is_free_by_spot(lot: Lot, start: datetime, end: datetime) -> dict[int, bool]:
    """For each listed spot of the lot whether it is idle for all of [start, end), or at ``start`` if that is empty."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT spot_id, idle @> tstzrange(%s, %s, CASE WHEN %s = %s THEN '[]' ELSE '[)' END)
            FROM lots_idletime WHERE lot_id = %s AND listed
            """,
            [start, end, start, end, lot.pk],
        )
        return dict(cursor.fetchall())
