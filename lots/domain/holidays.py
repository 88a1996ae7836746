"""Which weekday's times hold on a date, given what the calendar says of it. Pure.

A day off counts as a Sunday, a weekend day that is worked as the workday next to it: a Saturday as Friday, a Sunday as
Monday. So an owner who is away at work on workdays offers exactly the days on which they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from lots.models import CalendarDay, Listing

FRIDAY, SATURDAY, SUNDAY, MONDAY = 4, 5, 6, 0
Calendar = Mapping[date, str]
"""Date → CalendarDay.Kind; a date that is missing is an ordinary one."""


def weekday_of(day: date, calendar: Calendar, rule: str) -> int | None:
    """The weekday (0 Monday … 6 Sunday) whose windows hold on ``day``; None: none do. ``rule``: Listing.Holidays."""
    weekday, kind = day.weekday(), calendar.get(day)
    if kind is None or rule == Listing.Holidays.AS_USUAL:
        return weekday
    if kind == CalendarDay.Kind.WORK:
        return {SATURDAY: FRIDAY, SUNDAY: MONDAY}.get(weekday, weekday)
    if rule == Listing.Holidays.NOT_IDLE:
        return None
    return weekday if weekday in (SATURDAY, SUNDAY) else SUNDAY
