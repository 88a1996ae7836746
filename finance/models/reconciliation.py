"""Our books against the providers': a run for each day and provider, and a case for each difference."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Reconciliation(models.Model):
    """One day of one provider, in the provider's zone. Sums are minor units by currency: {"CNY": 1250}."""

    provider = models.CharField(_("provider"), max_length=20)
    day = models.DateField(_("day"))
    theirs = models.JSONField(_("sums of the provider"), default=dict)
    ours = models.JSONField(_("our sums"), default=dict)
    rows = models.PositiveIntegerField(_("rows of the statement"), default=0)
    compared_at = models.DateTimeField(_("last compared"))
    closed_at = models.DateTimeField(_("day closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ["-day", "provider"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "day"], name="one_reconciliation_per_day"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="reconciliation_closed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.provider}"


class Difference(models.Model):
    """A case: something that one side has and the other has not, or has otherwise. Minor units."""

    class Kind(models.TextChoices):
        UNKNOWN_HERE = "unknown_here", _("the provider has it, we do not know it")
        NOT_BOOKED = "not_booked", _("the provider has it, we have not booked it")
        MISSING_THERE = "missing_there", _("we have booked it, the provider has it not")
        AMOUNT = "amount", _("the amounts differ")
        LEDGER = "ledger", _("record and ledger differ")
        BOOKING = "booking", _("booking and ledger differ")
        REFUSED = "refused", _("the provider refuses to pay back")
        BOOKS = "books", _("the books do not balance")

    reconciliation = models.ForeignKey(
        Reconciliation, models.PROTECT, related_name="differences", verbose_name=_("reconciliation")
    )
    """The one that found it first."""
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    reference = models.CharField(_("reference"), max_length=120)
    currency = models.CharField(_("currency"), max_length=3)
    theirs_minor = models.BigIntegerField(_("theirs (minor units)"), default=0)
    ours_minor = models.BigIntegerField(_("ours (minor units)"), default=0)
    found_at = models.DateTimeField(_("found"), auto_now_add=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who looks after it"),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ["resolved_at", "found_at"]
        permissions = [("close_reconciliation", "Can close a day and work on its differences")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "reference", "currency"],
                condition=Q(resolved_at=None),
                name="one_open_case_per_difference",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reference}"
