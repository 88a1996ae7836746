"""What is free when: one spot, or every spot of a lot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from lots.models import Lot
from lots.queries.search_input import check_period

_STATE = """
SELECT s.id, s.code, s.features, i.price_minor,
    coalesce(i.listed, false) AS listed,
    coalesce(i.listed AND i.idle @> tstzrange(%s, %s), false) AS free
FROM lots_spot s LEFT JOIN lots_idletime i ON i.spot_id = s.id
WHERE s.lot_id = %s ORDER BY s.code
"""


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
        cursor.execute(_STATE, [start, end, lot.pk])
        return [SpotState(*row) for row in cursor.fetchall()]


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
