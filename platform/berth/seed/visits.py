"""Who parked where in the last weeks, and who is expected. Data, and the dates that it means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
PARKED, UNUSED, ABANDONED, EXPECTED = "parked", "unused", "abandoned", "expected"


@dataclass(frozen=True, slots=True)
class Visit:
    """``day``: days from today, negative is past; moved further from today while the spot is not offered that day."""

    day: int
    lot: str
    bay: str
    renter: str
    start: str
    hours: float
    outcome: str = PARKED
    late: int = 6
    """Minutes from the booked start to the car's entry."""
    early: int = 12
    """Minutes from the car's exit to the booked end."""

    def period(self, today: date, shift: int = 0) -> tuple[datetime, datetime]:
        """The booked time as UTC instants, ``shift`` days further from today."""
        day = today + timedelta(days=self.day + (shift if self.day > 0 else -shift))
        hours, minutes = map(int, self.start.split(":"))
        start = datetime(day.year, day.month, day.day, hours, minutes, tzinfo=ZONE).astimezone(UTC)
        return start, start + timedelta(hours=self.hours)


def _every_week(days: range, lot: str, bay: str, renter: str, start: str, hours: float) -> Iterator[Visit]:
    for number, day in enumerate(days):
        yield Visit(day, lot, bay, renter, start, hours, late=3 + number * 4 % 11, early=5 + number * 7 % 24)


VISITS: tuple[Visit, ...] = (
    *_every_week(range(-31, -2, 12), "yijing", "B-03", "liu", "9:00", 8),
    *_every_week(range(-25, -2, 14), "yijing", "B-03", "renter", "13:00", 3),
    *_every_week(range(-27, -3, 11), "tianhe", "A-02", "wang", "10:30", 4.5),
    *_every_week(range(-33, -1, 10), "zhujiang", "A-07", "lin", "18:30", 3),
    *_every_week(range(-24, -1, 9), "zhujiang", "B-02", "liu", "11:00", 2.5),
    Visit(-16, "yijing", "A-06", "emma", "9:30", 6),
    Visit(-9, "yijing", "A-10", "renter", "9:00", 5, late=18, early=31),
    Visit(-6, "zhujiang", "A-03", "renter", "19:00", 2.5),
    Visit(-8, "yijing", "A-05", "wang", "9:00", 4, UNUSED),
    Visit(-4, "tianhe", "B-02", "emma", "10:00", 3, ABANDONED),
    Visit(1, "yijing", "A-06", "wang", "9:00", 6, EXPECTED),
    Visit(1, "zhujiang", "A-07", "lin", "18:30", 3, EXPECTED),
    Visit(2, "tianhe", "A-02", "liu", "10:30", 4, EXPECTED),
)
