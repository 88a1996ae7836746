"""Schedule expansion against an oracle that looks at the clock on the wall, minute by minute."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lots.domain.schedule import Exceptional, Window, day_bounds, expand_schedule

MINUTE = timedelta(minutes=1)
SHANGHAI, LONDON, NEW_YORK = (ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/London", "America/New_York"))
CHANGES = {
    SHANGHAI: [date(2026, 11, 23), date(2027, 2, 28)],
    LONDON: [date(2026, 3, 29), date(2026, 10, 25)],
    NEW_YORK: [date(2026, 3, 8), date(2026, 11, 1)],
}
"""Days on which the zone's clocks change; for Shanghai, where they never do, ordinary ones."""


def spans(multiple):
    starts = st.integers(0, 1440 // multiple)
    return (
        st.tuples(starts, starts).filter(lambda p: p[0] != p[1]).map(lambda p: (min(p) * multiple, max(p) * multiple))
    )


def oracle(windows, exceptions, zone, start, end):
    """Every UTC minute at which the wall clock shows an idle time."""
    found, at = set(), start
    while at < end:
        local = at.astimezone(zone)
        minute = local.hour * 60 + local.minute
        idle = any(w.weekday == local.weekday() and w.start_minute <= minute < w.end_minute for w in windows)
        for exception in exceptions:
            if exception.date == local.date() and exception.start_minute <= minute < exception.end_minute:
                idle = exception.opens
        if idle:
            found.add(at)
        at += MINUTE
    return found


def minutes_of(intervals):
    found = set()
    for start, end in intervals:
        while start < end:
            found.add(start)
            start += MINUTE
    return found


@st.composite
def schedules(draw):
    zone = draw(st.sampled_from(list(CHANGES)))
    day = draw(st.sampled_from(CHANGES[zone]))
    windows = [Window(draw(st.integers(0, 6)), *span) for span in draw(st.lists(spans(15), max_size=6))]
    windows.append(Window(day.weekday(), *draw(spans(5))))
    edges = sorted(draw(st.sets(st.integers(0, 144), max_size=6)))
    exceptions = [
        Exceptional(day + timedelta(days=draw(st.integers(-1, 1))), draw(st.booleans()), a * 10, b * 10)
        for a, b in zip(edges[::2], edges[1::2], strict=False)
    ]
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - MINUTE * draw(st.integers(0, 1440))
    return windows, exceptions, zone, start, start + MINUTE * draw(st.integers(0, 3 * 1440))


@settings(max_examples=60, deadline=None)
@given(schedules())
def test_expansion_is_what_the_wall_clock_shows(drawn):
    intervals = expand_schedule(*drawn)
    assert minutes_of(intervals) == oracle(*drawn)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(intervals))


@pytest.mark.parametrize(("zone", "day"), [(zone, day) for zone, days in CHANGES.items() for day in days])
def test_expansion_of_each_quarter_hour_on_the_days_when_clocks_change(zone, day):
    start, end = day_bounds(zone, day)
    for minute in range(0, 1440, 15):
        windows = [Window(day.weekday(), minute, minute + 15)]
        assert minutes_of(expand_schedule(windows, [], zone, start, end)) == oracle(windows, [], zone, start, end)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (SHANGHAI, date(2026, 11, 23), 24),
        (LONDON, date(2026, 3, 29), 23),
        (LONDON, date(2026, 10, 25), 25),
        (NEW_YORK, date(2026, 3, 8), 23),
        (NEW_YORK, date(2026, 11, 1), 25),
        (ZoneInfo("Africa/Cairo"), date(2026, 4, 24), 23),
        (ZoneInfo("Pacific/Apia"), date(2011, 12, 30), 0),
    ],
)
def test_day_bounds_of_long_short_and_missing_days(zone, day, hours):
    start, end = day_bounds(zone, day)
    assert end - start == timedelta(hours=hours)
    assert day_bounds(zone, day + timedelta(days=1))[0] == end


def test_window_to_midnight_joins_the_next_days_first_window():
    windows = [Window(0, 22 * 60, 1440), Window(1, 0, 6 * 60)]
    start = datetime(2026, 11, 23, tzinfo=SHANGHAI)
    assert expand_schedule(windows, [], SHANGHAI, start, start + timedelta(days=2)) == [
        (start + timedelta(hours=22), start + timedelta(hours=30))
    ]


def test_closed_exception_cuts_its_day_only():
    windows = [Window(weekday, 510, 1080) for weekday in range(5)]
    closed = [Exceptional(date(2026, 11, 24), False, 0, 1440)]
    start = datetime(2026, 11, 23, tzinfo=SHANGHAI)
    days = [
        a.astimezone(SHANGHAI).day
        for a, _ in expand_schedule(windows, closed, SHANGHAI, start, start + timedelta(days=7))
    ]
    assert days == [23, 25, 26, 27]


def test_expansion_of_an_empty_range_is_empty():
    at = datetime(2026, 11, 23, tzinfo=UTC)
    assert expand_schedule([Window(0, 0, 1440)], [], UTC, at, at) == []
