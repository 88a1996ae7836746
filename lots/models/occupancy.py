"""Who has which spot when. One table for everything that can occupy a spot (DESIGN.md, invariant 1)."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from berth.kernel.ids import uuid7
from lots.models.listing import LONGEST_MINUTES, SHORTEST_MINUTES, Listing
from lots.models.lot import Lot
from lots.models.spot import Spot


class Occupancy(models.Model):
    """A spot taken for [start, end). Two live rows of one spot never overlap: the database refuses."""

    class Kind(models.TextChoices):
        HOLD = "hold", _("hold")
        BOOKING = "booking", _("booking")
        OWNER_USE = "owner_use", _("owner's use")
        MAINTENANCE = "maintenance", _("maintenance")
        RENTAL_BAY = "rental_bay", _("rental bay")

        @classmethod
        def buffered(cls) -> frozenset[str]:
            """Kinds around which the listing's time between bookings is kept free."""
            return frozenset({cls.HOLD, cls.BOOKING, cls.RENTAL_BAY})

    class State(models.TextChoices):
        LIVE = "live", pgettext_lazy("state", "live")
        RELEASED = "released", _("released")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    spot = models.ForeignKey(Spot, models.PROTECT, related_name="occupancies", verbose_name=_("spot"))
    period = DateTimeRangeField(_("period"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.LIVE)
    expires_at = models.DateTimeField(_("hold expires"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    released_at = models.DateTimeField(_("released"), null=True, blank=True)

    class Meta:
        verbose_name = _("occupancy")
        verbose_name_plural = _("occupancies")
        constraints = [
            ExclusionConstraint(
                name="one_occupancy_per_spot_and_time",
                expressions=[("spot", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                condition=Q(state="live"),
            ),
            models.CheckConstraint(
                condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
                name="occupancy_period_bounded",
            ),
            models.CheckConstraint(
                condition=~Q(kind="hold") | Q(expires_at__isnull=False), name="occupancy_hold_expires"
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(kind="hold", state="live"), name="occupancy_holds_to_expire"
            )
        ]

    def __str__(self) -> str:
        return f"{self.spot} {self.period}"


class IdleTime(models.Model):
    """When a listed spot is idle: derived from its schedule and its live occupancies, in the same transaction.

    A further column, ``idle tstzmultirange``, is made and used in SQL alone (lots.domain.idle_time, lots.queries):
    Django has no multirange field. Narrow on purpose, fillfactor 80 (DESIGN.md, Search and booking).
    """

    spot = models.OneToOneField(Spot, models.CASCADE, primary_key=True, related_name="idle_time")
    # No index on ``lot`` alone: the planner would take it and sort by price, instead of stopping at the cheapest.
    lot = models.ForeignKey(Lot, models.CASCADE, related_name="+", db_index=False)
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="+", db_index=False)
    price_minor = models.PositiveIntegerField()
    features = models.PositiveIntegerField(default=0)
    listed = models.BooleanField(default=False)
    # Of the listing, copied so that search and the taking of a spot read one row.
    notice_minutes = models.PositiveIntegerField(default=0, db_default=0)
    shortest_minutes = models.PositiveIntegerField(default=SHORTEST_MINUTES, db_default=SHORTEST_MINUTES)
    longest_minutes = models.PositiveIntegerField(default=LONGEST_MINUTES, db_default=LONGEST_MINUTES)
    buffer_minutes = models.PositiveSmallIntegerField(default=0, db_default=0)
    horizon = models.DateTimeField()
    """Idle time is known up to this instant."""

    class Meta:
        verbose_name = _("idle time")
        verbose_name_plural = _("idle times")
        indexes = [models.Index(fields=["lot", "price_minor"], condition=Q(listed=True), name="idle_time_by_price")]

    def __str__(self) -> str:
        return str(self.spot)
