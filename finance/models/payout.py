"""Money on its way out: where it goes, how much of it, in which run, and what keeps it back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from berth.kernel.ids import uuid7
from finance.models.ledger import Account


class PayoutDestination(models.Model):
    """Where a member is paid. The number is sealed (berth.kernel.sealing); pages show its last four characters."""

    class Channel(models.TextChoices):
        BANK = "bank", _("bank account")
        ALIPAY = "alipay", _("Alipay")
        WECHAT = "wechat", _("WeChat Pay")
        STRIPE = "stripe", _("Stripe account")

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="payout_destinations", verbose_name=_("member")
    )
    channel = models.CharField(_("paid to"), max_length=10, choices=Channel)
    holder = models.CharField(_("name of the account's holder"), max_length=80)
    number_sealed = models.TextField(_("account number (sealed)"), editable=False)
    number_end = models.CharField(_("end of the account number"), max_length=4)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    retired_at = models.DateTimeField(_("replaced"), null=True, blank=True)

    class Meta:
        verbose_name = _("payout destination")
        verbose_name_plural = _("payout destinations")
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(retired_at=None), name="one_payout_destination_in_use"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} ···{self.number_end}"


class PayoutRun(models.Model):
    """What is paid out together: prepared by one person, approved by another (four eyes)."""

    class State(models.TextChoices):
        PREPARED = "prepared", _("waiting for approval")
        APPROVED = "approved", _("approved")
        DISCARDED = "discarded", _("discarded")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    currency = models.CharField(_("currency"), max_length=3)
    earned_before = models.DateTimeField(_("earned before"))
    """What was settled later waits for the end of its problem window."""
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PREPARED)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("prepared by"),
        help_text=_("Nobody: the weekly task."),
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    prepared_at = models.DateTimeField(_("prepared"), auto_now_add=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("payout run")
        verbose_name_plural = _("payout runs")
        ordering = ["-prepared_at"]
        permissions = [("decide_payoutrun", "Can approve and discard payout runs")]
        constraints = [
            models.CheckConstraint(
                condition=Q(prepared_by=None)
                | Q(decided_by=None)
                | Q(state="discarded")
                | ~Q(decided_by=F("prepared_by")),
                name="payout_run_seen_by_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state="prepared", decided_by=None, decided_at=None)
                | ~Q(state="prepared") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="payout_run_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["currency"], condition=Q(state="prepared"), name="one_prepared_payout_run_per_currency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prepared_at:%Y-%m-%d} {self.currency}"


class Payout(models.Model):
    """One account's money in a run. Its id is our transfer number at the provider."""

    class State(models.TextChoices):
        PLANNED = "planned", _("waiting for approval")
        SENDING = "sending", _("on its way")
        PAID = "paid", _("paid out")
        RETURNED = "returned", _("returned to the account")
        DROPPED = "dropped", _("left out")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(PayoutRun, models.PROTECT, related_name="payouts", verbose_name=_("payout run"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="payouts", verbose_name=_("ledger account"))
    destination = models.ForeignKey(
        PayoutDestination, models.PROTECT, related_name="payouts", verbose_name=_("payout destination")
    )
    provider = models.CharField(_("provider"), max_length=20)
    amount_minor = models.PositiveBigIntegerField(_("amount (minor units)"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    """Why it was returned or left out; for people."""
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        ordering = ["-run__prepared_at", "account"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_amount_positive"),
            models.UniqueConstraint(fields=["run", "account"], name="one_payout_per_run_and_account"),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state__in=["planned", "sending"]),
                name="one_payout_under_way_per_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor}"


class PayoutHold(models.Model):
    """Earned money that is not paid out while somebody disputes it. ``subject_id`` is the booking's."""

    subject_id = models.UUIDField(_("subject (booking)"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="payout_holds", verbose_name=_("ledger account"))
    amount_minor = models.PositiveBigIntegerField(_("amount (minor units)"))
    reason = models.CharField(_("reason"), max_length=200)
    placed_at = models.DateTimeField(_("placed"), auto_now_add=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)

    class Meta:
        verbose_name = _("payout hold")
        verbose_name_plural = _("payout holds")
        ordering = ["-placed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "account"], condition=Q(lifted_at=None), name="one_payout_hold_per_subject"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.amount_minor}"
