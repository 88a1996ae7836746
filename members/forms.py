"""Forms of members: they read what people type; the rules are in members.domain."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import DomainError
from members.domain.contact import Contact, read_contact


def show_refusal(form: forms.Form, error: DomainError) -> None:
    """A domain refusal as form errors: beside the fields it names, else above the form."""
    known = {name: text for name, text in error.fields.items() if name in form.fields}
    for name, text in known.items():
        form.add_error(name, str(text))
    if not known:
        form.add_error(None, str(error.message))


class ContactForm(forms.Form):
    """One field for both: a phone number or an e-mail address."""

    contact = forms.CharField(
        label=_("Phone number or e-mail address"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
        error_messages={"required": _("Enter your phone number or e-mail address.")},
    )

    def clean_contact(self) -> Contact:
        try:
            return read_contact(self.cleaned_data["contact"])
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error


class CodeForm(forms.Form):
    """The six digits that came."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "class": "code-input"}
        ),
        error_messages={"required": _("Enter the six digits from the message.")},
    )


class ProfileForm(forms.Form):
    """What a member may change without proving anything."""

    display_name = forms.CharField(
        label=_("Name that others see"),
        max_length=60,
        required=False,
        help_text=_("For example 李伟 or Li Wei. Your phone number and e-mail address are never shown to others."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class VehicleForm(forms.Form):
    """A car to add."""

    plate = forms.CharField(
        label=_("Plate"),
        max_length=20,
        error_messages={"required": _("Enter the plate, for example 粤B12345.")},
        help_text=_("As on the car, for example 粤B12345."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    nickname = forms.CharField(
        label=_("Name for yourself"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    large = forms.BooleanField(label=_("Yellow plate (large vehicle)"), required=False)

    def domain_fields(self) -> dict[str, Any]:
        """The arguments of members.domain.vehicles.add_vehicle."""
        return dict(self.cleaned_data)
