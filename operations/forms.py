"""Forms of the desk."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from hardware.domain.commands import REASON_LENGTH
from hardware.domain.emergencies import NOTE_LENGTH


class OverrideForm(forms.Form):
    """Why a lock or gate is moved by hand; kept with the booking."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        help_text=_("Kept with the booking and readable for both sides."),
        error_messages={"required": _("Say why: the reason is kept with the booking.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "reasons"}),
    )


class ResolveForm(forms.Form):
    """How a call ended."""

    note = forms.CharField(
        label=_("What was the matter, and what was done"),
        max_length=NOTE_LENGTH,
        error_messages={"required": _("Write a few words: the next shift reads them.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
