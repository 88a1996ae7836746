"""Price and note of a listing, and the spot that a new one is for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from berth.design.money_words import SYMBOLS
from berth.kernel.errors import InvalidInput
from lots.domain.listing_rules import NOTE_LENGTH, price_is_right
from lots.forms.fields import PriceField, major, minor
from lots.forms.refusals import show_refusal
from lots.models import Listing, Spot


class PriceForm(forms.Form):
    """``amounts`` gives minor units of the lot's currency."""

    hourly_price = PriceField(label=_("Price per hour"))
    day_cap = PriceField(
        label=_("At most per day"),
        required=False,
        help_text=_("A long stay then costs no more than this per day. Without it each hour is charged."),
    )
    note = forms.CharField(
        label=_("Note to renters"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For example: left of the lift, low beam at 1.9 m. Everyone can read it."),
    )

    def __init__(self, data: Any = None, *, currency: str = "", **options: Any) -> None:
        self.currency = currency
        super().__init__(data, **options)

    @classmethod
    def of(cls, listing: Listing, data: Any = None) -> PriceForm:
        """The form of a listing, filled with what it has."""
        currency = listing.spot.lot.currency
        initial = {
            "hourly_price": major(listing.hourly_price_minor, currency),
            "day_cap": major(listing.day_cap_minor, currency),
            "note": listing.note,
        }
        return cls(data, currency=currency, initial=initial)

    def clean_hourly_price(self) -> int | None:
        return minor(self.cleaned_data["hourly_price"], self.currency)

    def clean_day_cap(self) -> int | None:
        return minor(self.cleaned_data["day_cap"], self.currency)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("hourly_price") is not None and "day_cap" in cleaned:
            try:
                price_is_right(cleaned["hourly_price"], cleaned["day_cap"])
            except InvalidInput as error:
                show_refusal(error, self)
        return cleaned

    @property
    def symbol(self) -> str:
        """The currency's sign, before the price."""
        return SYMBOLS.get(self.currency, self.currency)

    @property
    def amounts(self) -> dict[str, Any]:
        """Keywords for the domain."""
        return {
            "hourly_price_minor": self.cleaned_data["hourly_price"],
            "day_cap_minor": self.cleaned_data["day_cap"],
            "note": self.cleaned_data["note"],
        }


class NewListingForm(PriceForm):
    """A spot of one's own that has no listing yet, and its price."""

    spot = forms.ChoiceField(
        label=_("Your spot"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a spot."), "invalid_choice": _("Choose one of these spots.")},
    )
    field_order = ["spot", "hourly_price", "day_cap", "note"]

    def __init__(self, data: Any = None, *, spots: Iterable[Spot], **options: Any) -> None:
        self.spots = {str(spot.pk): spot for spot in spots}
        super().__init__(data, **options)
        field = self.fields["spot"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (declared above; for the type checker)
        field.choices = [(pk, f"{spot.code} · {spot.lot.name}") for pk, spot in self.spots.items()]
        chosen = self.spots.get(str(self.data.get("spot", ""))) or next(iter(self.spots.values()), None)
        self.currency = chosen.lot.currency if chosen else ""

    @property
    def chosen(self) -> Spot:
        """The spot of the valid form."""
        return self.spots[self.cleaned_data["spot"]]
