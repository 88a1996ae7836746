"""The double-entry ledger. The rules that the database enforces on it are in migration 0005 (docs/adr/0007)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from berth.kernel.ids import uuid7
from lots.models import Lot


class Account(models.Model):
    """A ledger account in one currency and of one holder, neither of which ever changes.

    ``balance_minor`` is debit minus credit. A trigger on Leg keeps it; another one refuses every other change of it.
    """

    class Kind(models.TextChoices):
        PROVIDER_CLEARING = "provider_clearing", _("provider clearing")
        ESCROW = "escrow", _("escrow")
        OWNER = "owner", _("owner's earnings")
        LOT_MANAGER = "lot_manager", _("lot manager's earnings")
        """Of a lot, and of its manager where it has one."""
        REVENUE = "revenue", _("platform revenue")
        FEES = "fees", _("service fees")
        PAYOUT_TRANSIT = "payout_transit", _("payouts on their way")
        """Taken off the earner's account, not yet confirmed by the provider."""

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    currency = models.CharField(_("currency"), max_length=3)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="accounts",
        verbose_name=_("member"),
    )
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, blank=True, related_name="accounts", verbose_name=_("lot"))
    provider = models.CharField(_("provider"), max_length=20, blank=True)
    balance_minor = models.BigIntegerField(_("balance (minor units, debit positive)"), default=0)

    class Meta:
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "currency", "member", "lot", "provider"],
                nulls_distinct=False,
                name="one_account_per_kind_and_holder",
            ),
            models.CheckConstraint(
                condition=Q(kind="provider_clearing", member=None, lot=None) & ~Q(provider="")
                | Q(kind="owner", member__isnull=False, lot=None, provider="")
                | Q(kind="lot_manager", lot__isnull=False, provider="")
                | Q(kind__in=["escrow", "revenue", "fees", "payout_transit"], member=None, lot=None, provider=""),
                name="account_has_the_holder_of_its_kind",
            ),
        ]

    def __str__(self) -> str:
        holder = self.member or self.lot or self.provider
        return f"{self.get_kind_display()} {holder or ''} {self.currency}".replace("  ", " ")


class JournalEntry(models.Model):
    """One movement of money. ``reference`` is unique: a repeated posting finds the first one and changes nothing."""

    class Kind(models.TextChoices):
        CHARGE = "charge", _("payment received")
        SETTLEMENT = "settlement", _("settlement")
        REFUND = "refund", _("refund")
        PAYOUT = "payout", _("payout")
        PAID_OUT = "paid_out", _("payout confirmed")
        RETURNED = "returned", _("payout returned")
        RESERVATION = "reservation", _("reservation taken")
        ADJUSTMENT = "adjustment", _("adjustment")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    reference = models.CharField(_("reference"), max_length=120, unique=True)
    currency = models.CharField(_("currency"), max_length=3)
    subject_id = models.UUIDField(_("subject (booking)"), null=True, blank=True, db_index=True)
    """What it is about, as a bare id (a booking's): finance does not know the layers above it."""
    memo = models.CharField(_("memo"), max_length=200, blank=True)
    posted_at = models.DateTimeField(_("posted"), auto_now_add=True)
    transaction_id = models.BigIntegerField(_("database transaction"), default=0, editable=False)
    """Set by a trigger: legs are accepted only in the transaction that made their entry."""

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        ordering = ["-posted_at"]

    def __str__(self) -> str:
        return self.reference


class Leg(models.Model):
    """One account's part of an entry: debit positive, credit negative, never zero."""

    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="legs", verbose_name=_("journal entry"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="legs", verbose_name=_("ledger account"))
    amount_minor = models.BigIntegerField(_("amount (minor units, debit positive)"))

    class Meta:
        verbose_name = _("leg")
        verbose_name_plural = _("legs")
        constraints = [models.CheckConstraint(condition=~Q(amount_minor=0), name="leg_not_zero")]

    def __str__(self) -> str:
        return f"{self.account}: {self.amount_minor}"
