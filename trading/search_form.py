"""The search as people fill it in; all of it stands in the address, to be shared and kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from berth.kernel.errors import DomainError
from lots.domain.intervals import Interval
from lots.models import Lot
from lots.models.spot import FEATURE_LABELS
from lots.queries import Needs, occurrences
from lots.queries.recurrence import MAX_WEEKS, WEEKEND, WORKDAYS
from lots.queries.search_input import LONGEST_CM, check_periods
from members.forms import show_refusal
from trading.forms import PeriodForm

RADII = (500, 1000, 2000, 5000, 20_000)
EVERY_DAY = WORKDAYS | WEEKEND
REPEATS = {"workdays": WORKDAYS, "weekend": WEEKEND, "daily": EVERY_DAY}
SIZES = ("height_cm", "width_cm", "length_cm")


def _size_field(label: Any) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=LONGEST_CM, widget=widget)


def _week_choices() -> list[tuple[int, str]]:
    return [(n, ngettext("%(n)s week", "%(n)s weeks", n) % {"n": n}) for n in range(1, MAX_WEEKS + 1)]


class SearchForm(PeriodForm):
    """One box for the place, two for the time, filters below."""

    q = forms.CharField(
        label=_("Where"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("Lot, street or district")}),
    )
    lat = forms.FloatField(required=False, min_value=-85, max_value=85, widget=forms.HiddenInput)
    lng = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    radius = forms.TypedChoiceField(
        label=_("Within"),
        choices=[(r, f"{r} m" if r < 1000 else f"{r // 1000} km") for r in RADII],
        coerce=int,
        widget=forms.Select(attrs={"data-submit-on-change": True}),
    )
    feature = forms.TypedMultipleChoiceField(
        label=_("Only spots that are"),
        choices=[(int(bit), label) for bit, label in FEATURE_LABELS.items()],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    order = forms.ChoiceField(
        label=_("Sort by"),
        choices=[("price", _("Price")), ("distance", _("Distance")), ("walk", _("Walking time"))],
        widget=forms.Select(attrs={"data-submit-on-change": True}),
    )
    kind = forms.ChoiceField(
        label=_("Kind of lot"), choices=[("", pgettext_lazy("kind of lot", "any")), *Lot.Kind.choices], required=False
    )
    height_cm = _size_field(_("Your car is high (cm)"))
    width_cm = _size_field(_("Bay at least wide (cm)"))
    length_cm = _size_field(_("Bay at least long (cm)"))
    repeat = forms.ChoiceField(
        label=_("Again"),
        choices=[
            ("", _("once only")),
            ("workdays", _("on workdays, Monday to Friday")),
            ("weekend", _("at weekends")),
            ("daily", _("every day")),
            ("weekly", _("every week on that day")),
        ],
        required=False,
    )
    weeks = forms.TypedChoiceField(
        label=_("For"),
        choices=_week_choices,
        coerce=int,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        start, end = cleaned.get("start"), cleaned.get("end")
        if self.errors or not (start and end):
            return cleaned
        try:
            cleaned["periods"] = self._periods(cleaned)
            check_periods(cleaned["periods"])
        except DomainError as error:
            show_refusal(self, error)
        return cleaned

    def _periods(self, cleaned: dict[str, Any]) -> tuple[Interval, ...]:
        start, end, repeat = cleaned["start"], cleaned["end"], cleaned["repeat"]
        if not repeat:
            return ((start, end),)
        zone = timezone.get_current_timezone()
        weekdays = REPEATS.get(repeat) or {start.astimezone(zone).weekday()}
        return occurrences(start, end, weekdays=weekdays, weeks=cleaned["weeks"], zone=zone)

    @property
    def needs(self) -> Needs:
        cleaned = self.cleaned_data
        sizes = {name: cleaned[name] for name in SIZES}
        return Needs(features=sum(cleaned["feature"]), kind=cleaned["kind"], **sizes)

    @property
    def more_open(self) -> bool:
        """Whether the further filters are unfolded: where one is chosen or wrong."""
        return any(self[name].value() or self[name].errors for name in ("kind", *SIZES, "repeat"))
