"""Fields for what people type: a time of the day, a price."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from berth.design.time_words import LOCAL, clock_text
from berth.kernel.money import MINOR_DIGITS
from lots.models.listing import DAY_MINUTES

_CLOCK = re.compile(r"(\d{1,2})[:.]?(\d{2})|(\d{1,2})", re.ASCII)


class ClockField(forms.CharField):
    """HH:MM (also 8:30, 0830, 8 and full-width digits) as a minute of the day; 24:00 is the day's end."""

    default_error_messages = {"clock": _("Write the time as 08:30. 24:00 is midnight at the end of the day.")}

    def __init__(self, **options: Any) -> None:
        attrs = {
            "inputmode": "numeric",
            "maxlength": 5,
            "autocomplete": "off",
            "placeholder": "00:00",
            "class": "input",
        }
        super().__init__(widget=forms.TextInput(attrs=attrs), **options)

    def to_python(self, value: Any) -> Any:
        text = unicodedata.normalize("NFKC", str(value or "")).strip()
        if not text:
            return None
        read = _CLOCK.fullmatch(text)
        if read is None:
            raise forms.ValidationError(self.error_messages["clock"], code="clock")
        hours, minutes = (int(read[1]), int(read[2])) if read[3] is None else (int(read[3]), 0)
        if minutes > 59 or hours * 60 + minutes > DAY_MINUTES:
            raise forms.ValidationError(self.error_messages["clock"], code="clock")
        return hours * 60 + minutes

    def validate(self, value: Any) -> None:
        if value is None and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """None of those for text: the value is a number by now."""

    def prepare_value(self, value: Any) -> Any:
        return clock_text(value) if isinstance(value, int) else value


class LocalTimeInput(forms.DateTimeInput):
    """The browser's own date and time field, in quarter hours."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(attrs={"step": "900"}, format=LOCAL)


def local_time_field(label: Any) -> forms.DateTimeField:
    """A day and time by the wall clock of the current zone."""
    return forms.DateTimeField(
        label=label,
        input_formats=[LOCAL, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=LocalTimeInput(),
        error_messages={
            "required": _("Enter day and time, for example 2026-05-01 14:30."),
            "invalid": _("Enter day and time, for example 2026-05-01 14:30."),
        },
    )


class PriceField(forms.DecimalField):
    """A price in whole units (8 or 8.50). ``minor`` turns it into minor units of a currency."""

    def __init__(self, **options: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "maxlength": 9}
        super().__init__(
            max_digits=9,
            decimal_places=2,
            localize=False,
            widget=forms.TextInput(attrs=attrs),
            error_messages={"invalid": _("Write the price as a number, for example 8 or 8.50.")},
            **options,
        )

    def to_python(self, value: Any) -> Any:
        text = unicodedata.normalize("NFKC", str(value)) if value is not None else ""
        return super().to_python(text.strip().lstrip("¥").strip())


def minor(price: Decimal | None, currency: str) -> int | None:
    """8.50 in CNY is 850. None stays None. A fraction that the currency lacks is refused."""
    if price is None:
        return None
    scaled = price * 10 ** MINOR_DIGITS.get(currency, 2)
    if scaled != scaled.to_integral_value():
        raise forms.ValidationError(_("This currency has no smaller coins than 1."))
    return int(scaled)


def major(minor_units: int | None, currency: str) -> str:
    """850 in CNY as people type it: 8.50; whole prices without digits."""
    if minor_units is None:
        return ""
    digits = MINOR_DIGITS.get(currency, 2)
    price = Decimal(minor_units).scaleb(-digits)
    return str(price.to_integral_value() if price == price.to_integral_value() else price)
