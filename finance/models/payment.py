"""What comes from and goes to payment providers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from berth.kernel.ids import uuid7


class Payment(models.Model):
    """A payment asked of a provider for a subject (a booking). Its id is our order number at the provider."""

    class State(models.TextChoices):
        CREATED = "created", _("waiting for the payer")
        SUCCEEDED = "succeeded", _("paid")
        CLOSED = "closed", _("closed unpaid")
        """Money that arrives all the same makes it SUCCEEDED: what was paid is always booked."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.CharField(_("provider"), max_length=20)
    provider_reference = models.CharField(_("provider's number"), max_length=80, blank=True)
    payer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="payments", verbose_name=_("payer")
    )
    subject_id = models.UUIDField(_("subject (booking)"), db_index=True)
    title = models.CharField(_("title"), max_length=120)
    amount_minor = models.PositiveBigIntegerField(_("amount (minor units)"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CREATED)
    pay_url = models.URLField(_("cashier page"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    succeeded_at = models.DateTimeField(_("paid"), null=True, blank=True)
    checked_at = models.DateTimeField(_("asked the provider"), null=True, blank=True, editable=False)
    """When the sweep last asked the provider about it."""

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
            models.CheckConstraint(
                condition=Q(state="succeeded") ^ Q(succeeded_at=None), name="payment_paid_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["state", "checked_at"], name="payments_to_ask_about")]

    def __str__(self) -> str:
        return f"{self.title} {self.amount_minor} {self.currency}"


class PaymentNotification(models.Model):
    """What a provider told us, stored raw before anything is done with it; applied at most once."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("applied")
        REPEATED = "repeated", _("repeated, nothing changed")
        REJECTED = "rejected", _("rejected")

    provider = models.CharField(_("provider"), max_length=20)
    event_id = models.CharField(_("event number"), max_length=80, blank=True, db_index=True)
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
        indexes = [
            models.Index(
                fields=["received_at"], condition=Q(payment=None, event_id=""), name="notifications_unbelieved"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class Refund(models.Model):
    """Money on its way back to a payer. ``reference`` is unique and is our refund number at the provider."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("requested")
        SUCCEEDED = "succeeded", _("paid back")
        REFUSED = "refused", _("refused by the provider")
        """For good: asking again the same way does not help. The money stays promised to the payer."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    reference = models.CharField(_("reference"), max_length=120, unique=True)
    amount_minor = models.PositiveBigIntegerField(_("amount (minor units)"))
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.REQUESTED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    refusal = models.CharField(_("what the provider said"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    succeeded_at = models.DateTimeField(_("paid back"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=Q(state="succeeded") ^ Q(succeeded_at=None), name="refund_paid_back_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @classmethod
    def promised(cls) -> QuerySet[Refund]:
        """What somebody was promised back and does not have yet."""
        return cls.objects.exclude(state=cls.State.SUCCEEDED)
