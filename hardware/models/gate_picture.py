"""What a gate's camera saw, for the staff of the lot; kept for some days (hardware.domain.pictures)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lots.models import Gate


class GatePicture(models.Model):
    """A small JPEG (hardware.gates.pictures) of one sighting, once by (gate, the camera's event)."""

    gate = models.ForeignKey(Gate, models.CASCADE, related_name="pictures", verbose_name=_("gate"))
    event = models.CharField(_("camera event"), max_length=80)
    plate = models.CharField(_("plate"), max_length=12)
    taken_at = models.DateTimeField(_("time of the picture"))
    received_at = models.DateTimeField(_("received"), auto_now_add=True, db_index=True)
    """By the platform's clock: it is kept for so many days from here."""
    jpeg = models.BinaryField(_("picture"))

    class Meta:
        verbose_name = _("picture at a gate")
        verbose_name_plural = _("pictures at gates")
        ordering = ["-taken_at"]
        constraints = [models.UniqueConstraint(fields=["gate", "event"], name="gate_picture_once")]

    def __str__(self) -> str:
        return f"{self.gate} {self.plate}"
