"""The weekly idle windows: rows of weekdays that share one time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from berth.design.time_words import WEEKDAYS
from lots.domain.schedule import Window
from lots.forms.fields import ClockField
from lots.week_words import week_rows

SPARE_ROWS = 2
"""Empty rows after the filled ones; who needs more saves and gets two more."""
MAX_ROWS = 40
WORKDAYS = ["0", "1", "2", "3", "4"]
FIRST_ROW = {"days": WORKDAYS, "start": 510, "end": 1080}
"""What most owners want: away at work."""


class WeekRowForm(forms.Form):
    """Some weekdays, from when to when. A row without times is not there."""

    days = forms.MultipleChoiceField(
        label=_("On"),
        choices=[(str(number), name) for number, name in enumerate(WEEKDAYS)],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    start = ClockField(label=_("From"), required=False)
    end = ClockField(label=_("To"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors or not self.is_filled:
            return cleaned
        start, end = cleaned.get("start"), cleaned.get("end")
        if start is None:
            self.add_error("start", _("From when is the spot idle?"))
        if end is None:
            self.add_error("end", _("Until when is the spot idle?"))
        if not cleaned.get("days"):
            self.add_error("days", _("Choose at least one day."))
        if start is not None and end is not None and end <= start:
            self.add_error("end", _("This is not after the start."))
        return cleaned

    @property
    def is_shown(self) -> bool:
        """Whether the row stands open: it has something in it. An empty one waits folded up."""
        return bool(self.initial) or (self.is_bound and self.has_changed())

    @property
    def is_filled(self) -> bool:
        """Whether the row says any time."""
        return self.cleaned_data.get("start") is not None or self.cleaned_data.get("end") is not None

    @property
    def windows(self) -> list[Window]:
        """What the valid row says."""
        if not self.is_filled:
            return []
        span = self.cleaned_data["start"], self.cleaned_data["end"]
        return [Window(int(day), *span) for day in self.cleaned_data["days"]]


_RowSet = formset_factory(WeekRowForm, extra=SPARE_ROWS, max_num=MAX_ROWS, absolute_max=MAX_ROWS)


class WeekForm:
    """The rows together. ``refuse`` shows what the domain says about them above the first row."""

    def __init__(self, data: QueryDict | None = None, *, windows: Iterable[Window] | None = None) -> None:
        rows: list[dict[str, Any]] = [FIRST_ROW]
        if windows is not None:
            rows = [
                {"days": [str(day) for day in row.days], "start": row.start_minute, "end": row.end_minute}
                for row in week_rows(windows)
            ]
        self.rows: BaseFormSet[WeekRowForm] = _RowSet(data, prefix="week", initial=None if data is not None else rows)
        self.refusals: list[str] = []

    def is_valid(self) -> bool:
        valid = self.rows.is_valid()
        self.refusals += [str(fault) for fault in self.rows.non_form_errors()]
        return valid

    @property
    def windows(self) -> list[Window]:
        """Of valid rows, in the order of the week."""
        return sorted(window for row in self.rows for window in row.windows)

    def refuse(self, message: str) -> None:
        self.refusals.append(message)
