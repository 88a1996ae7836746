"""What people ask a search: near where lots are, for a few hours of one of the next days; and how long SQL takes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from lots.models import Lot, Spot

RADIUS_M = 3000
ROWS = 20
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Question:
    latitude: float
    longitude: float
    start: datetime
    end: datetime


def questions(count: int, seed: int = 3) -> list[Question]:
    """Around random lots, so that large cities are asked for more often; within one local day."""
    dice = random.Random(seed)
    points = list(Lot.objects.order_by("pk").values_list("latitude", "longitude"))
    today = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    asked = []
    for _ in range(count):
        latitude, longitude = dice.choice(points)
        start = today + timedelta(days=dice.randrange(1, 20), minutes=15 * dice.randrange(28, 72))
        asked.append(
            Question(
                latitude + dice.uniform(-0.005, 0.005),
                longitude + dice.uniform(-0.005, 0.005),
                start.astimezone(UTC),
                (start + timedelta(minutes=15 * dice.randrange(4, 24))).astimezone(UTC),
            )
        )
    return asked


@dataclass(slots=True)
class Clock:
    """Milliseconds that statements took, from sending to the last row received."""

    milliseconds: float = 0
    statements: int = 0
    texts: list[str] = field(default_factory=list)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.milliseconds += (time.perf_counter() - begun) * 1000
            self.statements += 1


@contextmanager
def sql_time() -> Iterator[Clock]:
    clock = Clock()
    with connection.execute_wrapper(clock):
        yield clock


def fetch_by_key(dice: random.Random, largest: int) -> float:
    """The floor: 20 rows by primary key, in ms."""
    keys = [dice.randrange(1, largest + 1) for _ in range(ROWS)]
    with sql_time() as clock, connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {Spot._meta.db_table} WHERE id = ANY(%s)", [keys])
        cursor.fetchall()
    return clock.milliseconds


NAIVE = """
SELECT l.id, min(g.hourly_price_minor) AS cheapest, count(*)
FROM lots_lot l
JOIN lots_spot s ON s.lot_id = l.id
JOIN lots_listing g ON g.spot_id = s.id AND g.state = 'published'
WHERE l.published AND s.sick_since IS NULL
    AND l.latitude BETWEEN %(south)s AND %(north)s AND l.longitude BETWEEN %(west)s AND %(east)s
    AND 2 * 6378137 * asin(sqrt(
        sin(radians(l.latitude - %(latitude)s) / 2) ^ 2
        + cos(radians(%(latitude)s)) * cos(radians(l.latitude)) * sin(radians(l.longitude - %(longitude)s) / 2) ^ 2
    )) <= %(radius)s
    AND EXISTS (
        SELECT FROM lots_weeklywindow w WHERE w.listing_id = g.id AND w.weekday = %(weekday)s
            AND w.start_minute <= %(from)s AND w.end_minute >= %(until)s)
    AND NOT EXISTS (
        SELECT FROM lots_occupancy o WHERE o.spot_id = s.id AND o.state = 'live'
            AND o.period && tstzrange(%(start)s, %(end)s))
GROUP BY l.id ORDER BY cheapest, l.id LIMIT 20
"""
"""Design A of DESIGN.md: bounding box, great circle, windows table, no booking in the way. Lots grouped as ours."""


def ask_naively(question: Question) -> tuple[float, Sequence[Any]]:
    """Milliseconds and rows. The box's columns have an index of their own (see ``index_for_naive``)."""
    begins, ends = question.start.astimezone(ZONE), question.end.astimezone(ZONE)
    north = RADIUS_M / 110_574
    east = north / 0.7  # generous up to 45°
    values = {
        "south": question.latitude - north,
        "north": question.latitude + north,
        "west": question.longitude - east,
        "east": question.longitude + east,
        "latitude": question.latitude,
        "longitude": question.longitude,
        "radius": RADIUS_M,
        "weekday": begins.weekday(),
        "from": begins.hour * 60 + begins.minute,
        "until": (ends.hour * 60 + ends.minute) or 1440,
        "start": question.start,
        "end": question.end,
    }
    with sql_time() as clock, connection.cursor() as cursor:
        cursor.execute(NAIVE, values)
        rows = cursor.fetchall()
    return clock.milliseconds, rows


@contextmanager
def index_for_naive() -> Iterator[None]:
    """What its author would have added."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX naive_box ON lots_lot (latitude, longitude)")
        cursor.execute("ANALYZE lots_lot")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX naive_box")
