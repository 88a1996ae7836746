"""What a gate's devices last said of themselves."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lots.models import Gate


class GateState(models.Model):
    """The card machine's own word: how full its stacker is, and whether the bin takes no more; the last plate seen."""

    class Stock(models.TextChoices):
        UNKNOWN = "unknown", _("not heard yet")
        EMPTY = "empty", _("no cards left")
        FEW = "few", _("few cards left")
        ENOUGH = "enough", _("enough cards")

    gate = models.OneToOneField(Gate, models.CASCADE, related_name="state", verbose_name=_("gate"))
    stock = models.CharField(_("cards in the dispenser"), max_length=8, choices=Stock, default=Stock.UNKNOWN)
    bin_full = models.BooleanField(_("bin full"), default=False)
    state_at = models.DateTimeField(_("state since"))
    plate = models.CharField(_("last plate"), max_length=12, blank=True)
    plate_at = models.DateTimeField(_("last plate read"), null=True, blank=True)
    sighting = models.CharField(_("camera event"), max_length=80, blank=True)
    """The camera's event of the last plate: its picture comes by itself (GatePicture)."""

    class Meta:
        verbose_name = _("state of a gate")
        verbose_name_plural = _("states of gates")

    def __str__(self) -> str:
        return f"{self.gate} {self.get_stock_display()}"
