"""What really happened: from the car's entry to its exit."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from trading.models.booking import Booking


class Stay(models.Model):
    """The actual stay of a booking. Times come from the lot's events, not from the clock of the platform."""

    booking = models.OneToOneField(Booking, models.PROTECT, related_name="stay", verbose_name=_("booking"))
    plate_read = models.CharField(_("plate as read"), max_length=12)
    entered_at = models.DateTimeField(_("entered"))
    unlocked_at = models.DateTimeField(_("lock opened"), null=True, blank=True)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)
    overstay_minutes = models.PositiveIntegerField(_("overstay (minutes)"), default=0)

    class Meta:
        verbose_name = _("stay")
        verbose_name_plural = _("stays")
        ordering = ["-entered_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("entered_at")), name="stay_times_in_order"
            )
        ]

    def __str__(self) -> str:
        return str(self.booking)
