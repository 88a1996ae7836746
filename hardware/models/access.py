"""What a lot may open, for whom, when; and the cards that prove it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from berth.kernel.ids import uuid7
from lots.models import Gate, Lot, Spot


class Grant(models.Model):
    """Permission for a member with one of ``plates`` to enter and to open ``spot`` within [valid_from, valid_until).

    Each change takes the lot's next revision; the lot server pulls everything above the revision it has.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        REVOKED = "revoked", _("revoked")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="grants", verbose_name=_("lot"))
    spot = models.ForeignKey(Spot, models.PROTECT, related_name="grants", verbose_name=_("spot"))
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="grants", verbose_name=_("member")
    )
    subject_id = models.UUIDField(_("subject"), unique=True)
    """The booking's id: hardware does not know the layers above it."""
    plates = ArrayField(models.CharField(max_length=12), verbose_name=_("plates"))
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ACTIVE)
    revision = models.PositiveBigIntegerField(_("revision"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        ordering = ["-revision"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "revision"], name="grant_revision_in_lot"),
            models.CheckConstraint(condition=Q(valid_until__gt=F("valid_from")), name="grant_validity_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.spot} {'/'.join(self.plates)}"


class AccessCard(models.Model):
    """An IC card of a lot, known by its chip UID; each issue has a number, and older issues are void."""

    class State(models.TextChoices):
        STOCKED = "stocked", _("in the dispenser")
        ISSUED = "issued", _("issued")
        RETURNED = "returned", _("returned")
        LOST = "lost", _("lost")
        REVOKED = "revoked", _("revoked")

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="cards", verbose_name=_("lot"))
    chip_uid = models.CharField(_("chip UID (hex)"), max_length=20)
    issue_number = models.PositiveIntegerField(_("issue number"), default=0)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.STOCKED)
    grant = models.ForeignKey(
        Grant, models.PROTECT, null=True, blank=True, related_name="cards", verbose_name=_("grant")
    )
    gate = models.ForeignKey(Gate, models.SET_NULL, null=True, blank=True, related_name="cards", verbose_name=_("gate"))
    """Where it lies: in an entry's dispenser, or in an exit's bin. Empty while it is out."""
    state_at = models.DateTimeField(_("state since"))

    class Meta:
        verbose_name = _("IC card")
        verbose_name_plural = _("IC cards")
        ordering = ["lot", "chip_uid"]
        constraints = [models.UniqueConstraint(fields=["lot", "chip_uid"], name="card_uid_in_lot")]

    def __str__(self) -> str:
        return f"{self.lot} {self.chip_uid}"
