"""Forms of the desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hardware.domain.commands import REASON_LENGTH, TEXT_LENGTH
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


class ControllerForm(OverrideForm):
    """What a controller is told to do, and why; ``text`` is for its display alone."""

    text = forms.CharField(
        label=_("Text for the display"),
        max_length=TEXT_LENGTH,
        required=False,
        help_text=_("Shown for a minute."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ResolveForm(forms.Form):
    """How a call ended."""

    note = forms.CharField(
        label=_("What was the matter, and what was done"),
        max_length=NOTE_LENGTH,
        error_messages={"required": _("Write a few words: the next shift reads them.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PinForm(forms.Form):
    """One's own PIN for the booth page, typed twice."""

    pin = forms.CharField(
        label=_("New PIN"),
        help_text=_("Six to twelve digits, not all alike and no run such as 123456."),
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "new-password", "maxlength": 12}),
    )
    again = forms.CharField(
        label=_("The same again"),
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "new-password", "maxlength": 12}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("pin") and given.get("again") and given["pin"] != given["again"]:
            self.add_error("again", _("This is not the same PIN."))
        return given
