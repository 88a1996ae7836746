"""Forms of trading: they read what people type; the rules are in the domain."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.design.time_words import LOCAL
from berth.kernel.errors import DomainError
from lots.forms.fields import local_time_field
from lots.models.spot import FEATURE_LABELS
from lots.queries.search_input import check_period
from members.forms import show_refusal
from members.models import Member, Vehicle
from trading.domain.periods import next_step

USUAL_STAY = timedelta(hours=2)
NEW_PLATE = "new"


class PeriodForm(forms.Form):
    """From when to when; what is missing in the address is filled in sensibly."""

    start = local_time_field(_("From"))
    end = local_time_field(_("Until"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and end:
            try:
                check_period(start, end)
            except DomainError as error:
                show_refusal(self, error)
        return cleaned


def features_of(data: QueryDict) -> int:
    """``?feature=1&feature=2`` as bits; what is no feature counts for nothing."""
    known = {str(int(bit)): int(bit) for bit in FEATURE_LABELS}
    return sum({known.get(value, 0) for value in data.getlist("feature")})


def with_defaults(query: QueryDict, now: datetime | None = None) -> QueryDict:
    """The query with what it leaves out: the next quarter of an hour for two hours, 2 km around.

    Nearest first where a place is asked for, else cheapest first.
    """
    data = query.copy()
    local_now = timezone.localtime(now)
    if not data.get("start"):
        data["start"] = next_step(local_now).strftime(LOCAL)
    if not data.get("end"):
        data["end"] = _usual_end(str(data["start"]), local_now)
    order = "distance" if data.get("q") or data.get("lat") else "price"
    for name, value in (("radius", "2000"), ("order", order), ("weeks", "4")):
        if not data.get(name):
            data[name] = value
    return data


def _usual_end(start: str, local_now: datetime) -> str:
    try:
        begins = datetime.strptime(start, LOCAL)  # noqa: DTZ007  (local to the viewer until the form reads it)
        return (begins + USUAL_STAY).strftime(LOCAL)
    except (ValueError, OverflowError):  # the form will say what is wrong with the start
        return (local_now + USUAL_STAY).strftime(LOCAL)


class VehicleForm(forms.Form):
    """One of the renter's cars, or a new plate."""

    vehicle = forms.ChoiceField(label=_("Which car comes?"), widget=forms.RadioSelect, required=False)
    plate = forms.CharField(label=_("Plate"), max_length=20, required=False)

    def __init__(self, *args: Any, member: Member, may_wait: bool = False, **kwargs: Any) -> None:
        """``may_wait``: the plate may be left open for now."""
        super().__init__(*args, **kwargs)
        self.cars = list(member.vehicles.filter(removed_at=None))
        self.may_wait = may_wait
        field = self.fields["vehicle"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [(str(car.pk), str(car)) for car in self.cars] + [(NEW_PLATE, _("Another plate"))]
        field.initial = str(self.cars[0].pk) if self.cars else NEW_PLATE
        field.error_messages["invalid_choice"] = _("This vehicle is not in your list. Choose another one.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        choice = cleaned.get("vehicle") or NEW_PLATE
        if choice == NEW_PLATE and not cleaned.get("plate") and not self.may_wait and "vehicle" not in self.errors:
            self.add_error("plate", _("Enter the plate, for example 粤B12345."))
        return cleaned

    @property
    def options(self) -> list[tuple[Any, Vehicle | None]]:
        """Each choice with its car; None is another plate."""
        return list(zip(self["vehicle"], [*self.cars, None], strict=True))

    @property
    def chosen(self) -> Vehicle | None:
        """The car of the list that was chosen; None for a new plate."""
        choice = self.cleaned_data.get("vehicle")
        return next((car for car in self.cars if str(car.pk) == choice), None)
