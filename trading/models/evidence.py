"""The evidence timeline of a booking: append-only, each line hashed over the one before (leap 4)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from trading.models.booking import Booking


class Evidence(models.Model):
    """One line. ``digest`` = SHA-256 over canonical JSON of (booking, position, kind, occurred_at, source, payload,
    previous).

    The database refuses updates and deletes (trigger); trading.domain.timeline appends and verifies.
    """

    class Kind(models.TextChoices):
        HELD = "held", _("spot held")
        PAID = "paid", _("paid")
        CONFIRMED = "confirmed", _("booking confirmed")
        PLATE_SET = "plate_set", _("plate set")
        GRANTED = "granted", _("lot informed")
        PLATE_READ = "plate_read", _("plate read at the gate")
        CARD_ISSUED = "card_issued", _("card handed out")
        ENTERED = "entered", _("car entered")
        SWIPED = "swiped", _("card swiped")
        LOCK_OPENED = "lock_opened", _("lock opened")
        LOCK_FAILED = "lock_failed", _("lock did not open")
        LOCK_RAISED = "lock_raised", _("lock raised")
        EMERGENCY = "emergency", _("emergency call")
        HELP_TAKEN = "help_taken", _("somebody is on the way")
        HELP_RESOLVED = "help_resolved", _("help was given")
        OVERRIDE = "override", _("staff override")
        PHONE_KEY = "phone_key", _("opened by phone")
        LEFT = "left", _("car left")
        CARD_COLLECTED = "card_collected", _("card collected")
        SETTLED = "settled", _("price settled")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("expired")
        REFUNDED = "refunded", _("refund requested")
        NOT_USED = "not_used", _("not used")

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="evidence", verbose_name=_("booking"))
    position = models.PositiveIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    occurred_at = models.DateTimeField(_("occurred"))
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    source = models.CharField(_("source"), max_length=80, blank=True)
    """Where it comes from, unique per booking where set (for example event:<lot>:<sequence>): recorded once."""
    payload = models.JSONField(_("payload"), default=dict)
    previous = models.CharField(_("previous digest"), max_length=64, blank=True)
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence timeline")
        ordering = ["booking", "position"]
        constraints = [
            models.UniqueConstraint(fields=["booking", "position"], name="evidence_position_in_booking"),
            models.UniqueConstraint(
                fields=["booking", "source", "kind"], condition=~models.Q(source=""), name="evidence_source_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booking} {self.position} {self.kind}"
