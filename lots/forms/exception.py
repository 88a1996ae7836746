"""A date that differs from the week."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lots.forms.fields import ClockField
from lots.models import ScheduleException
from lots.models.listing import DAY_MINUTES


class ExceptionForm(forms.Form):
    """Closed or open as well, on a date, all day unless times are given."""

    date = forms.DateField(
        label=_("Date"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose a date."), "invalid": _("Choose a date.")},
    )
    kind = forms.ChoiceField(
        label=_("On this day the spot is"),
        choices=ScheduleException.Kind.choices,
        initial=ScheduleException.Kind.CLOSED,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether the spot is available or not.")},
    )
    start = ClockField(label=_("From"), required=False)
    end = ClockField(label=_("To"), required=False)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=120, help_text=_("Only you see it."))

    def __init__(self, data: Any = None, *, today: datetime.date | None = None) -> None:
        super().__init__(data)
        if today is not None:
            self.fields["date"].widget.attrs["min"] = today.isoformat()

    @property
    def values(self) -> dict[str, Any]:
        """Keywords for the domain."""
        start, end = self.cleaned_data["start"], self.cleaned_data["end"]
        return {
            "day": self.cleaned_data["date"],
            "kind": self.cleaned_data["kind"],
            "reason": self.cleaned_data["reason"],
            "start_minute": 0 if start is None else start,
            "end_minute": DAY_MINUTES if end is None else end,
        }
