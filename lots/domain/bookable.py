"""Which rows of idle time may be booked for a period, in SQL, said once for search, lot page and hold.

Both fragments read the row as ``i`` and take the parameters of ``bookable_values``.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils import timezone

IS_FREE = "i.listed AND i.idle @> tstzrange(%(start)s, %(end)s)"
"""Offered, and idle for the whole of it."""
WITHIN_RULES = "%(minutes)s BETWEEN i.shortest_minutes AND i.longest_minutes AND i.notice_minutes <= %(ahead)s"
"""Neither too short nor too long for the owner, and early enough."""


def bookable_values(start: datetime, end: datetime, now: datetime | None = None) -> dict[str, datetime | int]:
    """``start``, ``end``, its length in ``minutes``, and the minutes until it starts (``ahead``; 0 once past)."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    return {
        "start": start,
        "end": end,
        "minutes": int((end - start).total_seconds()) // 60,
        "ahead": minutes_ahead(start, now or timezone.now()),
    }


def minutes_ahead(start: datetime, now: datetime) -> int:
    return max(0, int((start - now).total_seconds()) // 60)
