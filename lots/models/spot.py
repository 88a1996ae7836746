"""Spots and what they offer."""

from __future__ import annotations

from enum import IntFlag

from django.conf import settings
from django.db import models
from django.db.models import F, Func
from django.utils.translation import gettext_lazy as _

from lots.models.lot import FloorPlan, Lot


class Feature(IntFlag):
    """What a spot offers, as bits, so that search compares one integer."""

    COVERED = 1
    EV_CHARGER = 2
    ACCESSIBLE = 4
    WIDE = 8
    CAMERA = 16
    LIT = 32


FEATURE_LABELS = {
    Feature.COVERED: _("covered"),
    Feature.EV_CHARGER: _("EV charger"),
    Feature.ACCESSIBLE: _("accessible"),
    Feature.WIDE: _("wide"),
    Feature.CAMERA: _("camera"),
    Feature.LIT: _("lit"),
}


def side_of_outline(choice: str) -> Func:
    """The shorter (``least``) or longer (``greatest``) side of a four-cornered outline in cm; NULL for other shapes."""
    corner = "point((outline->{n}->>0)::float8, (outline->{n}->>1)::float8)"
    sides = ", ".join(f"{corner.format(n=n)} <-> {corner.format(n=n + 1)}" for n in (0, 1))
    template = f"""CASE WHEN jsonb_typeof(outline) = 'array' AND jsonb_array_length(outline) = 4
        THEN round(100 * {choice}({sides}))::integer END"""
    return Func(F("outline"), template=template)


class Spot(models.Model):
    """A parking spot. ``outline`` is its polygon on the floor plan: [[x, y], …] in metres.

    ``width_cm`` and ``length_cm`` are derived from it by the database.
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="spots", verbose_name=_("lot"))
    code = models.CharField(_("bay code"), max_length=12)
    floor_plan = models.ForeignKey(FloorPlan, models.PROTECT, related_name="spots", verbose_name=_("floor plan"))
    outline = models.JSONField(_("outline (m)"), default=list)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="spots",
        verbose_name=_("owner"),
    )
    features = models.PositiveIntegerField(_("features (bits)"), default=0)
    max_height_cm = models.PositiveSmallIntegerField(_("height limit (cm)"), null=True, blank=True)
    width_cm = models.GeneratedField(
        expression=side_of_outline("least"), output_field=models.IntegerField(null=True), db_persist=True
    )
    length_cm = models.GeneratedField(
        expression=side_of_outline("greatest"), output_field=models.IntegerField(null=True), db_persist=True
    )
    latitude = models.FloatField(_("latitude of the spot pin"), null=True, blank=True)
    longitude = models.FloatField(_("longitude of the spot pin"), null=True, blank=True)
    sick_since = models.DateTimeField(_("delisted for a fault since"), null=True, blank=True)
    """Set by hardware when the lock fails; the spot is not searchable meanwhile."""

    stranger_since = models.DateTimeField(_("occupied by a stranger since"), null=True, blank=True)
    """Set by hardware while a vehicle stands there that nobody let on; the spot is not searchable meanwhile."""

    class Meta:
        verbose_name = _("spot")
        verbose_name_plural = _("spots")
        ordering = ["lot", "code"]
        constraints = [models.UniqueConstraint(fields=["lot", "code"], name="bay_code_in_lot")]

    def __str__(self) -> str:
        return f"{self.lot} {self.code}"

    @property
    def can_be_sold(self) -> bool:
        """Its lock works, and no stranger stands on it."""
        return self.sick_since is None and self.stranger_since is None

    @property
    def feature_labels(self) -> list[str]:
        return [str(label) for bit, label in FEATURE_LABELS.items() if self.features & bit]

    @property
    def centre(self) -> tuple[float, float]:
        """Mean of the outline's corners, in metres on the plan."""
        xs, ys = zip(*self.outline, strict=True)
        return sum(xs) / len(xs), sum(ys) / len(ys)
