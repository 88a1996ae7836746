"""Typical weeks of owners, and the times within them that renters book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from lots.domain.idle_time import DAYS_AHEAD, as_multirange
from lots.domain.schedule import Window, day_bounds, expand_schedule

ZONE = ZoneInfo("Asia/Shanghai")
HISTORY_DAYS = 60

_ALL, _WORK, _REST = range(7), range(5), (5, 6)
PATTERNS: Sequence[tuple[int, Sequence[Window]]] = (
    (35, [Window(day, 0, 1440) for day in _ALL]),
    (15, [Window(day, 510, 1080) for day in _WORK]),
    (15, [Window(day, 540, 1110) for day in _WORK]),
    (10, [Window(day, 0, 1440) for day in _REST]),
    (10, [Window(day, 1080, 1440) for day in _ALL]),
    (10, [Window(day, 480, 1200) for day in range(6)]),
    (5, [Window(day, *span) for day in _ALL for span in ((0, 450), (1140, 1440))]),
)
"""(weight, windows): always, at the office, weekends, evenings, nearly always, nights."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of one date that a booking may lie in: the instant it begins, and its quarter hours."""

    begins: datetime
    quarters: int


@dataclass(frozen=True, slots=True)
class Week:
    """A pattern over the generated days. ``idle``: PostgreSQL's literal, as the domain expands it."""

    windows: Sequence[Window]
    idle: str
    past: list[Slot]
    coming: list[Slot]


def make_weeks(now: datetime) -> tuple[list[Week], datetime]:
    """Each pattern expanded, and the horizon up to which idle time is known."""
    today = now.astimezone(ZONE).date()
    since = day_bounds(ZONE, today)[0]
    horizon = day_bounds(ZONE, today + timedelta(days=DAYS_AHEAD))[1]
    weeks = []
    for _weight, windows in PATTERNS:
        idle = as_multirange(expand_schedule(windows, (), ZONE, since, horizon))
        past = [slot for n in range(-HISTORY_DAYS, 0) for slot in _slots(windows, today + timedelta(days=n))]
        coming = [slot for n in range(1, DAYS_AHEAD) for slot in _slots(windows, today + timedelta(days=n))]
        weeks.append(Week(windows, idle, past, coming))
    return weeks, horizon


def _slots(windows: Sequence[Window], day: date) -> list[Slot]:
    midnight = datetime.combine(day, time(), ZONE).astimezone(UTC)
    return [
        Slot(midnight + timedelta(minutes=window.start_minute), (window.end_minute - window.start_minute) // 15)
        for window in windows
        if window.weekday == day.weekday()
    ]
