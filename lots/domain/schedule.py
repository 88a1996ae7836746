"""From an owner's week, its exceptions and the holiday calendar to instants, in the lot's zone (docs/schedules.md).

The rule, also on the days when clocks change: a minute is idle exactly if the clock on the wall then shows a time
inside a window of that date. So a time that the clock skips is never idle, and one that it shows twice is idle twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from lots.domain.holidays import Calendar, weekday_of
from lots.domain.intervals import Interval, clip, merge
from lots.models import CalendarDay, Listing, ScheduleException

Span = tuple[int, int]
"""[start, end) in minutes of a local day, 0 … 1440."""
_FAR = timedelta(hours=15)
"""Further than any zone is from UTC (−12 h … +14 h)."""


class Window(NamedTuple):
    """Idle each week on ``weekday`` (0 Monday … 6 Sunday) from ``start_minute`` to ``end_minute`` (1440 = midnight)."""

    weekday: int
    start_minute: int
    end_minute: int


class Exceptional(NamedTuple):
    """A local date that differs from the week: more time (``opens``) or less."""

    date: date
    opens: bool
    start_minute: int
    end_minute: int


def expand(listing: Listing, from_: datetime, until: datetime) -> list[Interval]:
    """When the schedule offers the spot within [from_, until), in UTC. Two queries, unless prefetched; a third for the
    calendar where the listing follows it."""
    windows = [Window(w.weekday, w.start_minute, w.end_minute) for w in listing.windows.all()]
    exceptions = [
        Exceptional(e.date, e.kind == ScheduleException.Kind.OPEN, e.start_minute, e.end_minute)
        for e in listing.exceptions.all()
    ]
    calendar = calendar_of(listing, from_, until)
    zone = listing.spot.lot.zone
    return expand_schedule(windows, exceptions, zone, from_, until, calendar=calendar, holidays=listing.holidays)


def calendar_of(listing: Listing, from_: datetime, until: datetime) -> Calendar:
    """The days that the listing's region lives otherwise; empty where the owner does not follow the calendar."""
    region = listing.spot.lot.holiday_region
    if listing.holidays == Listing.Holidays.AS_USUAL or not region:
        return {}
    around = (from_.date() - timedelta(days=1), until.date() + timedelta(days=1))
    return dict(CalendarDay.objects.filter(region=region, date__range=around).values_list("date", "kind"))


def expand_schedule(
    windows: Iterable[Window],
    exceptions: Iterable[Exceptional],
    zone: tzinfo,
    from_: datetime,
    until: datetime,
    *,
    calendar: Calendar | None = None,
    holidays: str = Listing.Holidays.AS_USUAL,
) -> list[Interval]:
    """The same from plain values: sorted, disjoint, in UTC. An exception wins over the calendar, which wins over the
    week; of exceptions, one that closes wins."""
    from_, until = from_.astimezone(UTC), until.astimezone(UTC)  # else compared by the wall clock, if of one zone
    if from_ >= until:
        return []
    week: dict[int | None, list[Span]] = defaultdict(list)
    for window in windows:
        week[window.weekday].append((window.start_minute, window.end_minute))
    differing: dict[date, list[Exceptional]] = defaultdict(list)
    for exception in exceptions:
        differing[exception.date].append(exception)
    found: list[Interval] = []
    day, last = from_.astimezone(zone).date(), until.astimezone(zone).date()
    while day <= last:
        usual = week.get(weekday_of(day, calendar or {}, holidays), ())
        for span in spans_of(usual, differing.get(day, ())):
            found += instants(zone, day, span)
        day += timedelta(days=1)
    return clip(merge(found), from_, until)


def spans_of(usual: Iterable[Span], exceptions: Iterable[Exceptional]) -> list[Span]:
    """A day's idle minutes: its usual ones, less what is closed, plus what is open as well."""
    spans = list(usual)
    for exception in exceptions:
        start, end = exception.start_minute, exception.end_minute
        if exception.opens:
            spans.append((start, end))
        else:
            spans = [piece for a, b in spans for piece in ((a, min(b, start)), (max(a, end), b)) if piece[0] < piece[1]]
    return sorted(spans)


def instants(zone: tzinfo, day: date, span: Span) -> list[Interval]:
    """When the wall clock shows ``span`` on ``day``: one interval, none in a gap, two around a repeated hour."""
    midnight = datetime.combine(day, time(), UTC)
    shown_from, shown_until = midnight + timedelta(minutes=span[0]), midnight + timedelta(minutes=span[1])
    before, after = _offset(zone, shown_from - _FAR), _offset(zone, shown_until + _FAR)
    if before == after:
        return [(shown_from - before, shown_until - before)]
    change = _change(zone, shown_from - _FAR, shown_until + _FAR)
    pieces = [
        (shown_from - before, min(shown_until - before, change)),
        (max(shown_from - after, change), shown_until - after),
    ]
    return merge(pieces)


def day_bounds(zone: tzinfo, day: date) -> Interval:
    """The first instant of the local day and the first of the next (23 to 25 hours apart)."""
    whole = instants(zone, day, (0, 1440))
    if not whole:  # Samoa had no 30 December 2011.
        start = instants(zone, day - timedelta(days=1), (0, 1440))[-1][1]
        return start, start
    return whole[0][0], whole[-1][1]


def is_shown(moment: datetime) -> bool:
    """Whether the clock on the wall of its zone ever shows this time: a clock that goes forward skips some.

    None shows what lies beyond the calendar (year 1 to 9999).
    """
    try:
        there_and_back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    except OverflowError:
        return False
    return there_and_back.replace(tzinfo=None) == moment.replace(tzinfo=None)


def _offset(zone: tzinfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    if offset is None:
        raise ValueError(f"{zone} is no time zone")
    return offset


def _change(zone: tzinfo, early: datetime, late: datetime) -> datetime:
    """The instant, to the second, at which the zone's offset changes between the two."""
    before = _offset(zone, early)
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=int((late - early).total_seconds()) // 2)
        if _offset(zone, middle) == before:
            early = middle
        else:
            late = middle
    return late
