"""Money: the double-entry ledger and what comes from and goes to payment providers.

Amounts are integer minor units. In the ledger a leg is signed: debit positive, credit negative; the legs of an entry sum
to zero (deferred constraint trigger), and neither entries nor legs are ever changed or deleted (trigger).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from berth.kernel.ids import uuid7
from lots.models import Lot


class Account(models.Model):
    """A ledger account in one currency. ``balance_minor`` is debit minus credit, kept by the posting of legs."""

    class Kind(models.TextChoices):
        PROVIDER_CLEARING = "provider_clearing", _("provider clearing")
        ESCROW = "escrow", _("escrow")
        OWNER = "owner", _("owner's earnings")
        LOT_MANAGER = "lot_manager", _("lot manager's earnings")
        REVENUE = "revenue", _("platform revenue")
        FEES = "fees", _("service fees")

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
    lot = models.ForeignKey(
        Lot, models.PROTECT, null=True, blank=True, related_name="accounts", verbose_name=_("lot")
    )
    provider = models.CharField(_("provider"), max_length=20, blank=True)
    balance_minor = models.BigIntegerField(_("balance (minor units, debit positive)"), default=0)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "currency", "member", "lot", "provider"],
                nulls_distinct=False,
                name="one_account_per_kind_and_holder",
            )
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
        ADJUSTMENT = "adjustment", _("adjustment")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    reference = models.CharField(_("reference"), max_length=120, unique=True)
    currency = models.CharField(_("currency"), max_length=3)
    subject_id = models.UUIDField(_("subject"), null=True, blank=True, db_index=True)
    """What it is about, as a bare id (a booking's): finance does not know the layers above it."""
    memo = models.CharField(_("memo"), max_length=200, blank=True)
    posted_at = models.DateTimeField(_("posted"), auto_now_add=True)

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        ordering = ["-posted_at"]

    def __str__(self) -> str:
        return self.reference


class Leg(models.Model):
    """One account's part of an entry: debit positive, credit negative, never zero."""

    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="legs", verbose_name=_("entry"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="legs", verbose_name=_("account"))
    amount_minor = models.BigIntegerField(_("amount (minor units, debit positive)"))

    class Meta:
        verbose_name = _("leg")
        verbose_name_plural = _("legs")
        constraints = [models.CheckConstraint(condition=~Q(amount_minor=0), name="leg_not_zero")]

    def __str__(self) -> str:
        return f"{self.account}: {self.amount_minor}"


class Payment(models.Model):
    """A payment asked of a provider for a subject (a booking). Its id is our order number at the provider."""

    class State(models.TextChoices):
        CREATED = "created", _("waiting for the payer")
        SUCCEEDED = "succeeded", _("paid")
        CLOSED = "closed", _("closed unpaid")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.CharField(_("provider"), max_length=20)
    provider_reference = models.CharField(_("provider's number"), max_length=80, blank=True)
    payer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="payments", verbose_name=_("payer")
    )
    subject_id = models.UUIDField(_("subject"), db_index=True)
    title = models.CharField(_("title"), max_length=120)
    amount_minor = models.PositiveBigIntegerField(_("amount (minor units)"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CREATED)
    pay_url = models.URLField(_("cashier page"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    succeeded_at = models.DateTimeField(_("paid"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_amount_positive"),
            models.UniqueConstraint(
                fields=["subject_id"], condition=Q(state="created"), name="one_open_payment_per_subject"
            ),
            models.UniqueConstraint(
                fields=["provider", "provider_reference"],
                condition=~Q(provider_reference=""),
                name="provider_reference_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.amount_minor} {self.currency}"


class PaymentNotification(models.Model):
    """What a provider told us, stored raw before anything is done with it; applied at most once."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("applied")
        REPEATED = "repeated", _("repeated, nothing changed")
        REJECTED = "rejected", _("rejected")

    provider = models.CharField(_("provider"), max_length=20)
    event_id = models.CharField(_("event"), max_length=80, blank=True, db_index=True)
    body = models.TextField(_("body as received"))
    headers = models.JSONField(_("headers"), default=dict)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, blank=True, related_name="notifications", verbose_name=_("payment")
    )

    class Meta:
        verbose_name = _("payment notification")
        verbose_name_plural = _("payment notifications")
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "event_id"], condition=Q(outcome="applied"), name="notification_applied_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class Refund(models.Model):
    """Money on its way back to a payer. ``reference`` is unique and is our refund number at the provider."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("requested")
        SUCCEEDED = "succeeded", _("paid back")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    reference = models.CharField(_("reference"), max_length=120, unique=True)
    amount_minor = models.PositiveBigIntegerField(_("amount (minor units)"))
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.REQUESTED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    succeeded_at = models.DateTimeField(_("paid back"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-created_at"]
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_amount_positive")]

    def __str__(self) -> str:
        return self.reference
