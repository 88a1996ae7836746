"""Domain refusals as form errors."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from berth.kernel.errors import DomainError
from lots.forms.week import WeekForm

FIELDS = {"hourly_price_minor": "hourly_price", "day_cap_minor": "day_cap"}
"""Domain field → form field, where the two differ."""


def show_refusal(error: DomainError, form: forms.Form | None = None, week: WeekForm | None = None) -> None:
    """Each fault beside the field that it is about; what has no field stands above the form, or above the week."""
    for name, message in _faults(error).items():
        field = FIELDS.get(name, name)
        if form is not None and field in form.fields:
            form.add_error(field, message)
        elif week is not None and (name == "windows" or form is None):
            week.refuse(message)
        elif form is not None:
            form.add_error(None, message)


def _faults(error: DomainError) -> Mapping[str, str]:
    return {name: str(text) for name, text in error.fields.items()} or {"": str(error.message)}
