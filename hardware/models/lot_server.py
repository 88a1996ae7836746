"""The lot server of each lot, as seen from above."""

from __future__ import annotations

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
    last_seen_at = models.DateTimeField(_("last heard"), null=True, blank=True)
    version = models.CharField(_("version"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("lot server")
        verbose_name_plural = _("lot servers")

    def __str__(self) -> str:
        return str(self.lot)
