"""Bookings and their states."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from berth.kernel.ids import short_reference, uuid7
from lots.models import Listing, Lot, Occupancy, Spot
from members.models import Vehicle


class BookingState(models.TextChoices):
    """The states of a booking; trading.domain.states holds the table of legal changes."""

    HELD = "held", _("waiting for payment")
    CONFIRMED = "confirmed", _("confirmed")
    ACTIVE = "active", _("parked")
    COMPLETED = "completed", _("completed")
    EXPIRED = "expired", _("expired unpaid")
    CANCELLED = "cancelled", _("cancelled")
    NO_SHOW = "no_show", _("not used")

    @classmethod
    def occupying(cls) -> frozenset[str]:
        """States in which the spot is taken."""
        return frozenset({cls.HELD, cls.CONFIRMED, cls.ACTIVE})

    @classmethod
    def final(cls) -> frozenset[str]:
        """States that nothing leaves, but for a late payment of an expired hold."""
        return frozenset({cls.COMPLETED, cls.EXPIRED, cls.CANCELLED, cls.NO_SHOW})


class Booking(models.Model):
    """A spot for a member and a vehicle over [start, end), at the quoted price. Its id is its idempotency key too."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(_("reference"), max_length=12, unique=True, default=short_reference, editable=False)
    renter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="bookings", verbose_name=_("renter")
    )
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="bookings", verbose_name=_("lot"))
    spot = models.ForeignKey(Spot, models.PROTECT, related_name="bookings", verbose_name=_("spot"))
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="bookings", verbose_name=_("listing"))
    occupancy = models.OneToOneField(Occupancy, models.PROTECT, related_name="booking", verbose_name=_("occupancy"))
    vehicle = models.ForeignKey(
        Vehicle, models.PROTECT, null=True, blank=True, related_name="bookings", verbose_name=_("vehicle")
    )
    start = models.DateTimeField(_("start"))
    end = models.DateTimeField(_("end"))
    state = models.CharField(_("state"), max_length=10, choices=BookingState, default=BookingState.HELD)
    quote_lines = models.JSONField(_("price lines"), default=list)
    """As shown before booking: [{"kind", "text_zh", "text_en", "amount_minor"}, …]; they sum to ``amount_minor``."""
    amount_minor = models.PositiveBigIntegerField(_("price (minor units)"))
    service_fee_minor = models.PositiveBigIntegerField(_("of which service fee"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="booking_times_in_order"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="booking_price_positive"),
            models.CheckConstraint(
                condition=Q(service_fee_minor__lte=F("amount_minor")), name="booking_fee_within_price"
            ),
            ExclusionConstraint(
                name="one_booking_per_vehicle_and_time",
                expressions=[
                    ("vehicle", RangeOperators.EQUAL),
                    (Func(F("start"), F("end"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=sorted(BookingState.occupying()), vehicle__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["renter", "-created_at"], name="bookings_of_renter"),
            models.Index(fields=["state", "end"], name="bookings_by_state_and_end"),
        ]

    def __str__(self) -> str:
        return self.reference
