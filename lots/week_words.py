"""A week of windows as people say it: 'Mon–Fri 08:30–18:00', 周一至周五 08:30–18:00."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from berth.design.time_words import WEEKDAYS, clock_text
from lots.domain.schedule import Window
from lots.models.listing import DAY_MINUTES


class WeekRow(NamedTuple):
    """The weekdays that share one time."""

    days: tuple[int, ...]
    start_minute: int
    end_minute: int

    @property
    def words(self) -> str:
        """'Mon–Fri 08:30–18:00'."""
        return f"{days_words(self.days)} {span_words(self.start_minute, self.end_minute)}"

    @property
    def windows(self) -> list[Window]:
        return [Window(day, self.start_minute, self.end_minute) for day in self.days]


def week_rows(windows: Iterable[Window]) -> list[WeekRow]:
    """Windows grouped by their time, in the order of the week."""
    days: dict[tuple[int, int], list[int]] = defaultdict(list)
    for window in sorted(windows):
        days[window.start_minute, window.end_minute].append(window.weekday)
    return sorted(WeekRow(tuple(of), *span) for span, of in days.items())


def days_words(days: Sequence[int]) -> str:
    """'Mon–Fri', 'Mon, Wed', 'every day'."""
    if len(days) == 7:
        return _("every day")
    return _(", ").join(_run_words(run) for run in _runs(days))


def span_words(start_minute: int, end_minute: int) -> str:
    """'08:30–18:00', 'all day'."""
    if (start_minute, end_minute) == (0, DAY_MINUTES):
        return _("all day")
    return f"{clock_text(start_minute)}–{clock_text(end_minute)}"


def _runs(days: Sequence[int]) -> list[list[int]]:
    numbered = groupby(enumerate(sorted(days)), key=lambda pair: pair[1] - pair[0])
    return [[day for _position, day in run] for _key, run in numbered]


def _run_words(run: Sequence[int]) -> str:
    first, last = WEEKDAYS[run[0]], WEEKDAYS[run[-1]]
    if len(run) == 1:
        return str(first)
    return pgettext("weekdays", "%(first)s–%(last)s") % {"first": first, "last": last}
