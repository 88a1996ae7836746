"""The holiday calendar: shipped dates, changes by staff, and the idle time that follows them.

A change concerns every spot of a region whose owner follows the calendar. Their rows are rebuilt after it is committed,
each in a transaction of its own (``follow``); the nightly check finds what a lost task left behind.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from lots.domain import idle_time
from lots.models import CalendarDay, IdleTime, Listing

SHIPPED = Path(__file__).resolve().parents[1] / "calendars"
"""<region>.csv: date, kind, name_zh, name_en, source."""


def shipped_regions() -> list[str]:
    return sorted(path.stem for path in SHIPPED.glob("*.csv"))


def shipped_days(region: str) -> Iterator[dict[str, str]]:
    """The rows of the region's file, as CalendarDay has them."""
    with (SHIPPED / f"{region}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {"region": region, **row}


def load(region: str) -> int:
    """Add the shipped dates that are missing; what staff changed stays. Returns how many were added."""
    known = set(CalendarDay.objects.filter(region=region).values_list("date", flat=True))
    new = [CalendarDay(**row) for row in shipped_days(region) if date.fromisoformat(row["date"]) not in known]
    CalendarDay.objects.bulk_create(new, ignore_conflicts=True)
    if new:
        follow(region)
    return len(new)


def follow(region: str) -> int:
    """Rebuild the idle time of every spot whose owner follows the region's calendar; returns how many."""
    rows = IdleTime.objects.filter(lot__holiday_region=region).exclude(listing__holidays=Listing.Holidays.AS_USUAL)
    return idle_time.rebuild_many(rows.values_list("spot_id", flat=True))
