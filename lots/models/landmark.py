"""The gazetteer of the deployment: places by which people say where they are going."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lots.models.lot import in_language
from lots.pinyin import MAX_PINYIN, pinyin_of


class Landmark(models.Model):
    """A district, station or other place with a name and a point (WGS-84). Staff add what their city needs."""

    class Kind(models.TextChoices):
        DISTRICT = "district", _("district")
        STATION = "station", _("station")
        SIGHT = "sight", _("sight")
        SHOPPING = "shopping", _("shopping")
        HOSPITAL = "hospital", _("hospital")
        CAMPUS = "campus", _("school or university")
        OTHER = "other", pgettext_lazy("place", "other place")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.OTHER)
    name_zh = models.CharField(_("name (Chinese)"), max_length=80)
    name_en = models.CharField(_("name (English)"), max_length=80, blank=True)
    pinyin = models.CharField(max_length=MAX_PINYIN, blank=True, default="", editable=False)
    """Derived from the Chinese name at each save."""
    latitude = models.FloatField(_("latitude"), validators=[MinValueValidator(-85), MaxValueValidator(85)])
    longitude = models.FloatField(_("longitude"), validators=[MinValueValidator(-180), MaxValueValidator(180)])
    published = models.BooleanField(pgettext_lazy("state", "published"), default=True)

    class Meta:
        verbose_name = _("landmark")
        verbose_name_plural = _("landmarks")
        ordering = ["name_zh"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "name_zh"], name="one_landmark_per_name"),
            models.CheckConstraint(
                condition=Q(latitude__gte=-85, latitude__lte=85, longitude__gte=-180, longitude__lte=180),
                name="landmark_on_the_map",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self.pinyin = pinyin_of(self.name_zh)
        if update_fields is not None and "name_zh" in update_fields:
            update_fields = {*update_fields, "pinyin"}
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def name(self) -> str:
        return in_language(self.name_zh, self.name_en)
