"""When an owner uses a spot themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lots.domain.schedule import is_shown
from lots.forms.fields import local_time_field
from lots.models import Spot

STEP = timedelta(minutes=15)


class OwnUseForm(forms.Form):
    """From and until, by the wall clock of the spot's lot. The ids of its fields name the spot: a page has many."""

    start = local_time_field(_("From"))
    end = local_time_field(_("Until"))

    def __init__(self, data: Any = None, *, spot: Spot) -> None:
        super().__init__(data, auto_id=f"id_own_use_{spot.pk}_%s")
        self.spot = spot
        now = timezone.now().astimezone(spot.lot.zone)
        begins = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0, tzinfo=None) + STEP
        self.initial = {"start": begins, "end": begins + timedelta(hours=2)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in {"start", "end"} & set(cleaned):
            if not is_shown(self._there(name)):
                self.add_error(name, _("The clock skips that time. Choose another one."))
        return cleaned

    @property
    def period(self) -> dict[str, datetime]:
        """Keywords for the domain."""
        return {name: self._there(name) for name in ("start", "end")}

    def _there(self, name: str) -> datetime:
        """By the wall clock of the lot."""
        return timezone.make_naive(self.cleaned_data[name]).replace(tzinfo=self.spot.lot.zone)
