"""The lot server of each lot, as seen from above."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lots.models import Lot


class LotServer(models.Model):
    """One per lot. Its row is locked to number grants (``grants_revision``) and to take events in order."""

    lot = models.OneToOneField(Lot, models.PROTECT, primary_key=True, related_name="server", verbose_name=_("lot"))
    public_key = models.CharField(_("public key (Ed25519, base64)"), max_length=64)
    grants_revision = models.PositiveBigIntegerField(_("newest grants revision"), default=0)
    acknowledged_revision = models.PositiveBigIntegerField(_("revision the lot has"), default=0)
    last_sequence = models.PositiveBigIntegerField(_("last event taken"), default=0)
    epoch = models.PositiveBigIntegerField(_("epoch of revisions"), default=1)
    """Raised by a named person after the platform was restored from a backup: lots then begin anew with its grants."""
    restored_at = models.DateTimeField(_("found restored from a backup"), null=True, blank=True)
    """Since when the lot is known to know more than the platform; it is sent no grants until the epoch is raised."""
    last_seen_at = models.DateTimeField(_("last heard"), null=True, blank=True)
    booth_url = models.CharField(_("booth page on the lot's network"), max_length=200, blank=True)
    version = models.CharField(_("version"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("lot server")
        verbose_name_plural = _("lot servers")

    def __str__(self) -> str:
        return str(self.lot)


class EpochRaise(models.Model):
    """Who made a lot believe a platform that knows less than it did, and why. Never changed."""

    server = models.ForeignKey(LotServer, models.PROTECT, related_name="epoch_raises", verbose_name=_("lot server"))
    epoch = models.PositiveBigIntegerField(_("epoch of revisions"))
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    reason = models.CharField(_("reason"), max_length=200)
    raised_at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("new beginning of a lot's grants")
        verbose_name_plural = _("new beginnings of lots' grants")
        ordering = ["-raised_at"]
        constraints = [models.UniqueConstraint(fields=["server", "epoch"], name="epoch_once_per_lot")]

    def __str__(self) -> str:
        return f"{self.server} {self.epoch}"
