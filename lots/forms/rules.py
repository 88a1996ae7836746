"""What an owner asks of each booking."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from berth.design.time_words import duration_words
from lots.domain.listing_rules import BookingRules
from lots.models import Listing

NOTICE = (0, 30, 60, 120, 240, 720, 1440, 2880, 10080)
SHORTEST = (30, 60, 120, 180, 240, 480, 720, 1440)
LONGEST = (60, 120, 240, 480, 720, 1440, 4320, 10080, 43200)
BUFFER = (0, 15, 30, 60, 120)


class BookingRulesForm(forms.Form):
    """Notice, lengths and time between bookings are chosen in words; what the API has set otherwise is kept."""

    holidays = forms.ChoiceField(
        label=_("On public holidays the spot is"),
        choices=Listing.Holidays.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "Like the weekend: a holiday has your Sunday's times, and a weekend day that is worked those of the "
            "workday next to it. Your exceptions always go first."
        ),
        error_messages={"required": _("Choose how public holidays count.")},
    )
    notice_minutes = forms.TypedChoiceField(label=_("Book at least so long before the start"), coerce=int)
    shortest_minutes = forms.TypedChoiceField(label=_("Shortest booking"), coerce=int)
    longest_minutes = forms.TypedChoiceField(label=_("Longest booking"), coerce=int)
    buffer_minutes = forms.TypedChoiceField(
        label=_("Kept free between bookings"),
        coerce=int,
        help_text=_("Nobody can book this long before and after a booking."),
    )

    def __init__(self, data: Any = None, *, listing: Listing) -> None:
        names = ("notice_minutes", "shortest_minutes", "longest_minutes", "buffer_minutes")
        initial = {name: getattr(listing, name) for name in ("holidays", *names)}
        super().__init__(data, initial=initial)
        for name, usual in zip(names, (NOTICE, SHORTEST, LONGEST, BUFFER), strict=True):
            self._offer(name, {*usual, initial[name]})

    def _offer(self, name: str, minutes: Iterable[int]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (declared above; for the type checker)
        field.choices = [(value, minutes_words(value)) for value in sorted(minutes)]

    @property
    def rules(self) -> BookingRules:
        """Of the valid form."""
        return BookingRules(**self.cleaned_data)


def minutes_words(minutes: int) -> Any:
    """'2 h', or 'none' for 0."""
    return lazystr(duration_words(minutes)) if minutes else pgettext_lazy("time", "none")


def rules_words(listing: Listing) -> list[tuple[Any, Any]]:
    """The rules as facts: what, and how much."""
    return [
        (_("Public holidays"), listing.get_holidays_display()),
        (_("Notice"), minutes_words(listing.notice_minutes)),
        (_("Shortest booking"), minutes_words(listing.shortest_minutes)),
        (_("Longest booking"), minutes_words(listing.longest_minutes)),
        (_("Kept free between bookings"), minutes_words(listing.buffer_minutes)),
    ]
