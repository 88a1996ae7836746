"""A renter takes a spot while it is offered: check, cut and insert are one statement (docs/adr/0016).

The update of the idle time says whether the spot is offered for the whole time, under the row's lock and against its
newest version: an owner who closes at that moment is either before it, and the spot is refused, or after it, and finds
it taken. The insert, fed by the update, decides between rivals as everywhere.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from django.db import connection, transaction

from berth.kernel import live
from lots.domain import idle_time
from lots.domain.bookable import IS_FREE, WITHIN_RULES, bookable_values
from lots.domain.idle_time import LESS_PERIOD
from lots.models import Occupancy

# Put together from constants alone; whatever comes from outside is a parameter.
_CUT_AND_INSERT = f"""
cut AS (
    UPDATE lots_idletime i SET {LESS_PERIOD}
    FROM wanted WHERE i.spot_id = wanted.spot_id AND {IS_FREE}
    RETURNING i.spot_id, i.lot_id
), taken AS (
    INSERT INTO lots_occupancy (id, spot_id, period, kind, state, expires_at, created_at)
    SELECT %(id)s, spot_id, tstzrange(%(start)s, %(end)s), %(kind)s, 'live', %(expires_at)s, now() FROM cut
    ON CONFLICT DO NOTHING RETURNING spot_id
)
SELECT cut.spot_id, l.code, EXISTS (SELECT FROM taken) FROM cut JOIN lots_lot l ON l.id = cut.lot_id
"""  # noqa: S608
SEIZE = f"WITH wanted AS (SELECT %(spot)s::bigint AS spot_id), {_CUT_AND_INSERT}"
"""One named spot."""

# Rows that rivals are just taking are skipped, so that each of them gets another spot without waiting. The piece of
# idle time that holds the period shows what would be left over before and after it.
_FITTING = f"""
SELECT i.spot_id FROM lots_idletime i
JOIN lots_spot s ON s.id = i.spot_id
JOIN lots_listing g ON g.id = i.listing_id
CROSS JOIN LATERAL (SELECT piece FROM unnest(i.idle) AS piece WHERE piece @> tstzrange(%(start)s, %(end)s)) AS gap
WHERE i.lot_id = %(lot)s AND {IS_FREE} AND {WITHIN_RULES} AND i.features & %(features)s = %(features)s
    AND s.owner_id IS DISTINCT FROM %(renter)s
    AND g.hourly_price_minor <= %(hourly)s AND (%(cap)s::int IS NULL OR g.day_cap_minor <= %(cap)s)
"""  # noqa: S608
_LEAST_BROKEN_UP = """
ORDER BY (lower(gap.piece) < %(start)s)::int + (upper(gap.piece) > %(end)s)::int,
    upper(gap.piece) - lower(gap.piece), g.hourly_price_minor, i.spot_id
"""
SEIZE_ANY = f"WITH wanted AS ({_FITTING} {_LEAST_BROKEN_UP} LIMIT 1 FOR UPDATE OF i SKIP LOCKED), {_CUT_AND_INSERT}"
"""The spot of a lot whose idle time is broken up least: an exact fit, then one rest, then two; the smallest first."""
SEIZE_ANY_PATIENTLY = f"WITH wanted AS ({_FITTING} ORDER BY i.spot_id LIMIT 1 FOR UPDATE OF i), {_CUT_AND_INSERT}"
"""Waits for who holds a row, so that a rebuild does not hide the last free spot; in one order, so that no two wait for
each other."""
ATTEMPTS = (SEIZE_ANY, SEIZE_ANY, SEIZE_ANY_PATIENTLY)


@dataclass(frozen=True, slots=True)
class Wish:
    """Any spot of the lot with these features at no more than this price, not the renter's own.

    ``ahead``: minutes of notice that were left when the price was shown.
    """

    lot_id: int
    features: int
    hourly_price_minor: int
    day_cap_minor: int | None
    renter_id: int
    ahead: int


def seize(
    *, occupancy_id: uuid.UUID, spot_id: int, start: datetime, end: datetime, kind: str, expires_at: datetime | None
) -> bool:
    """Take the spot for [start, end) if it is offered for the whole of it; False where it is not, or somebody has it.

    One statement. Also False for an id that is in use, the caller's own repeat included: look it up.
    """
    values = _values(occupancy_id, start, end, kind, expires_at) | {"spot": spot_id}
    with transaction.atomic(savepoint=False):
        return _run(SEIZE, values) is not None


def seize_any(
    *, occupancy_id: uuid.UUID, wish: Wish, start: datetime, end: datetime, kind: str, expires_at: datetime | None
) -> int | None:
    """Take the spot that breaks up idle time least; its id, None where none is free. One to three statements."""
    values = _values(occupancy_id, start, end, kind, expires_at) | {
        "lot": wish.lot_id,
        "features": wish.features,
        "hourly": wish.hourly_price_minor,
        "cap": wish.day_cap_minor,
        "renter": wish.renter_id,
    }
    values |= bookable_values(start, end) | {"ahead": wish.ahead}
    with transaction.atomic(savepoint=False):
        found = (_run(statement, values) for statement in ATTEMPTS)
        return next((spot_id for spot_id in found if spot_id is not None), None)


def _values(
    occupancy_id: uuid.UUID, start: datetime, end: datetime, kind: str, expires_at: datetime | None
) -> dict[str, Any]:
    return {
        "id": occupancy_id,
        "start": start.astimezone(UTC),
        "end": end.astimezone(UTC),
        "kind": kind,
        "expires_at": expires_at,
        "pads": int(kind in Occupancy.Kind.buffered()),
    }


def _run(statement: str, values: dict[str, Any]) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cast("Sequence[Any] | None", cursor.fetchone())
    if row is None:
        return None
    spot_id, lot_code, won = row
    if not won:
        # Idle time said free and the constraint taken (or the id is in use): the row was wrong, and is made true here.
        idle_time.rebuild(spot_id)
        return None
    live.publish(f"spots.{lot_code}", f"lot.{lot_code}")
    return int(spot_id)
