"""Money that is spoken for and not moved yet: deposits and reservations (pending → posted or void)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from berth.kernel.ids import uuid7
from finance.models.ledger import Account, JournalEntry


class Reservation(models.Model):
    """A part of what an account holds, kept for one purpose. ``reference`` is unique, as an entry's is."""

    class State(models.TextChoices):
        PENDING = "pending", _("kept back")
        POSTED = "posted", _("taken, wholly or in part")
        VOID = "void", _("given free")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(_("reference"), max_length=110, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="reservations", verbose_name=_("ledger account"))
    subject_id = models.UUIDField(_("subject (booking)"), db_index=True)
    amount_minor = models.PositiveBigIntegerField(_("amount (minor units)"))
    purpose = models.CharField(_("what for"), max_length=200)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING)
    entry = models.OneToOneField(
        JournalEntry, models.PROTECT, null=True, blank=True, related_name="reservation", verbose_name=_("journal entry")
    )
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("reservation of money")
        verbose_name_plural = _("reservations of money")
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="reservation_amount_positive"),
            models.CheckConstraint(
                condition=Q(state="pending", entry=None, decided_at=None)
                | Q(state="posted", entry__isnull=False, decided_at__isnull=False)
                | Q(state="void", entry=None, decided_at__isnull=False),
                name="reservation_posted_by_an_entry",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
