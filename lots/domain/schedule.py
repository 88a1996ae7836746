"""From an owner's week and its exceptions to instants, in the lot's zone.

The rule, also on the days when clocks change: a minute is idle exactly if the clock on the wall then shows a time
inside a window of that date. So a time that the clock skips is never idle, and one that it shows twice is idle twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from lots.domain.intervals import Interval, clip, merge
from lots.models import Listing, ScheduleException

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
    """When the schedule offers the spot within [from_, until), in UTC. Two queries, unless prefetched."""
    windows = [Window(w.weekday, w.start_minute, w.end_minute) for w in listing.windows.all()]
    exceptions = [
        Exceptional(e.date, e.kind == ScheduleException.Kind.OPEN, e.start_minute, e.end_minute)
        for e in listing.exceptions.all()
    ]
    return expand_schedule(windows, exceptions, listing.spot.lot.zone, from_, until)


def expand_schedule(
    windows: Iterable[Window], exceptions: Iterable[Exceptional], zone: tzinfo, from_: datetime, until: datetime
) -> list[Interval]:
    """The same from plain values: sorted, disjoint, in UTC. An exception that closes wins over a window."""
    from_, until = from_.astimezone(UTC), until.astimezone(UTC)  # else compared by the wall clock, if of one zone
    if from_ >= until:
        return []
    week: dict[int, list[Span]] = defaultdict(list)
    for window in windows:
        week[window.weekday].append((window.start_minute, window.end_minute))
    differing: dict[date, list[Exceptional]] = defaultdict(list)
    for exception in exceptions:
        differing[exception.date].append(exception)
    found: list[Interval] = []
    day, last = from_.astimezone(zone).date(), until.astimezone(zone).date()
    while day <= last:
        for span in spans_of(day, week, differing.get(day, ())):
            found += instants(zone, day, span)
        day += timedelta(days=1)
    return clip(merge(found), from_, until)


def spans_of(day: date, week: Mapping[int, Sequence[Span]], exceptions: Iterable[Exceptional]) -> list[Span]:
    """The day's idle minutes: its weekday's windows, less what is closed, plus what is open as well."""
    spans = list(week.get(day.weekday(), ()))
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
