"""Public holidays and made-up workdays of a region, date by date: data that staff keep."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lots.models.lot import in_language


class CalendarDay(models.Model):
    """A date on which a region does not live by its weekday. Dates that are not here are ordinary ones."""

    class Kind(models.TextChoices):
        OFF = "off", _("public holiday")
        WORK = "work", _("made-up workday")

    region = models.CharField(_("region"), max_length=6, default="CN")
    date = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=4, choices=Kind)
    name_zh = models.CharField(_("name (Chinese)"), max_length=40)
    name_en = models.CharField(_("name (English)"), max_length=40, blank=True)
    source = models.CharField(_("source"), max_length=80, blank=True)
    """Where the date was published; statutory days of a year not yet announced say so."""

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("holiday calendar")
        ordering = ["region", "date"]
        constraints = [models.UniqueConstraint(fields=["region", "date"], name="one_calendar_day_per_date")]

    def __str__(self) -> str:
        return f"{self.region} {self.date} {self.name}"

    @property
    def name(self) -> str:
        return in_language(self.name_zh, self.name_en)
