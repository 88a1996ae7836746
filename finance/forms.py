"""What people type about money."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from finance.models import PayoutDestination

LONGEST_STATEMENT_DAYS = 366


class DestinationForm(forms.Form):
    """Where a member is paid; the rules are in finance.domain.payout_destinations."""

    channel = forms.ChoiceField(label=_("Paid to"), choices=PayoutDestination.Channel.choices)
    holder = forms.CharField(
        label=_("Name of the account's holder"), max_length=80, help_text=_("As the bank knows it.")
    )
    number = forms.CharField(
        label=_("Account number"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
    )


class StatementForm(forms.Form):
    """The days of a statement, both included; this month unless chosen."""

    first = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and not datetime.timedelta(0) <= last - first < datetime.timedelta(LONGEST_STATEMENT_DAYS):
            self.add_error("last", _("Choose a day after the first one, within a year."))
        return cleaned
