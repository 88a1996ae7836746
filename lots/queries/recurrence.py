"""A time that comes again: the hours of the first day on certain weekdays, for some weeks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta, tzinfo

from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import InvalidInput, Text
from lots.domain.intervals import Interval

MAX_WEEKS = 8
WORKDAYS, WEEKEND = frozenset(range(5)), frozenset({5, 6})
_DAY = timedelta(days=1)


def occurrences(
    start: datetime, end: datetime, *, weekdays: Collection[int], weeks: int, zone: tzinfo
) -> tuple[Interval, ...]:
    """[start, end) on each day that is one of ``weekdays`` (0 Monday), by the clock of ``zone``, for ``weeks`` weeks.

    The weeks are counted from the day of ``start``, which itself need not be one of the weekdays. Raises InvalidInput
    with fields for what is longer than a day, for no weekday, and for a time that a clock change skips.
    """
    _check(start, end, weekdays, weeks)
    first = start.astimezone(zone).replace(tzinfo=None)
    last = end.astimezone(zone).replace(tzinfo=None)
    days = (n * _DAY for n in range(7 * weeks) if (first + n * _DAY).weekday() in weekdays)
    return tuple((_instant(first + later, zone, "start"), _instant(last + later, zone, "end")) for later in days)


def _check(start: datetime, end: datetime, weekdays: Collection[int], weeks: int) -> None:
    faults: dict[str, Text] = {}
    if not weekdays or not set(weekdays) <= set(range(7)):
        faults["weekdays"] = _("Choose the weekdays on which it repeats.")
    if not 1 <= weeks <= MAX_WEEKS:
        faults["weeks"] = _("Repeat for 1 to 8 weeks.")
    if not timedelta() < end - start <= _DAY:
        faults["end"] = _("A time that repeats must end within a day of its start.")
    if faults:
        raise InvalidInput("recurrence_invalid", next(iter(faults.values())), fields=faults)


def _instant(clock: datetime, zone: tzinfo, field: str) -> datetime:
    """When the clock on the wall shows it; the first time where it does twice."""
    instant = clock.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != clock:
        text = _("The clock skips that time on one of the days. Choose another one.")
        raise InvalidInput("time_skipped", text, fields={field: text})
    return instant
