"""What an owner offers: price, rules, weekly windows and exceptions, in the lot's local time."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lots.models.spot import Spot

DAY_MINUTES = 1440
SHORTEST_MINUTES, LONGEST_MINUTES = 30, 30 * DAY_MINUTES
"""The platform's bounds of a booking; a listing's own lie within them."""
MOST_NOTICE_MINUTES = 7 * DAY_MINUTES
MOST_BUFFER_MINUTES = 240


class Listing(models.Model):
    """An owner's offer of one spot. Money in minor units of the lot's currency."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", pgettext_lazy("state", "published")
        PAUSED = "paused", _("paused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Holidays(models.TextChoices):
        """How days off and made-up workdays of the lot's calendar count (lots.domain.holidays)."""

        AS_USUAL = "as_usual", _("like any other day")
        AS_WEEKEND = "as_weekend", _("like the weekend")
        NOT_IDLE = "not_idle", _("not available")

    spot = models.ForeignKey(Spot, models.PROTECT, related_name="listings", verbose_name=_("spot"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="listings", verbose_name=_("owner")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    hourly_price_minor = models.PositiveIntegerField(
        _("price per hour (minor units)"), validators=[MinValueValidator(1)]
    )
    day_cap_minor = models.PositiveIntegerField(_("cap per day (minor units)"), null=True, blank=True)
    note = models.CharField(_("note to renters"), max_length=300, blank=True)
    holidays = models.CharField(
        _("public holidays"), max_length=10, choices=Holidays, default=Holidays.AS_USUAL, db_default="as_usual"
    )
    notice_minutes = models.PositiveIntegerField(_("notice (minutes)"), default=0, db_default=0)
    """So long before its start a booking must be made."""
    shortest_minutes = models.PositiveIntegerField(
        _("shortest booking (minutes)"), default=SHORTEST_MINUTES, db_default=SHORTEST_MINUTES
    )
    longest_minutes = models.PositiveIntegerField(
        _("longest booking (minutes)"), default=LONGEST_MINUTES, db_default=LONGEST_MINUTES
    )
    buffer_minutes = models.PositiveSmallIntegerField(_("time between bookings (minutes)"), default=0, db_default=0)
    """Kept free before and after each booking."""
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        ordering = ["spot"]
        constraints = [
            models.UniqueConstraint(fields=["spot"], condition=~Q(state="withdrawn"), name="one_listing_per_spot"),
            models.CheckConstraint(condition=Q(hourly_price_minor__gt=0), name="listing_price_positive"),
            models.CheckConstraint(
                condition=Q(day_cap_minor__isnull=True) | Q(day_cap_minor__gte=F("hourly_price_minor")),
                name="listing_cap_at_least_an_hour",
            ),
            models.CheckConstraint(
                condition=Q(
                    shortest_minutes__gte=SHORTEST_MINUTES,
                    shortest_minutes__lte=F("longest_minutes"),
                    longest_minutes__lte=LONGEST_MINUTES,
                ),
                name="listing_lengths_in_order",
            ),
            models.CheckConstraint(
                condition=Q(notice_minutes__lte=MOST_NOTICE_MINUTES, buffer_minutes__lte=MOST_BUFFER_MINUTES),
                name="listing_notice_and_buffer_bounded",
            ),
        ]

    def __str__(self) -> str:
        return str(self.spot)


class WeeklyWindow(models.Model):
    """Idle every week from ``start_minute`` to ``end_minute`` of a local day (0 Monday … 6 Sunday; 1440 = midnight)."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="windows", verbose_name=_("listing"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), validators=[MaxValueValidator(6)])
    start_minute = models.PositiveSmallIntegerField(
        _("from (minute of the day)"), validators=[MaxValueValidator(DAY_MINUTES)]
    )
    end_minute = models.PositiveSmallIntegerField(
        _("to (minute of the day)"), validators=[MaxValueValidator(DAY_MINUTES)]
    )

    class Meta:
        verbose_name = _("weekly window")
        verbose_name_plural = _("weekly windows")
        ordering = ["weekday", "start_minute"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6, start_minute__lt=F("end_minute"), end_minute__lte=DAY_MINUTES),
                name="weekly_window_within_a_day",
            ),
            ExclusionConstraint(
                name="weekly_windows_apart",
                expressions=[
                    ("listing", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (Func(F("start_minute"), F("end_minute"), function="int4range"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.start_minute}–{self.end_minute}"


class ScheduleException(models.Model):
    """A local date that differs from the week: closed (or open) from ``start_minute`` to ``end_minute``."""

    class Kind(models.TextChoices):
        CLOSED = "closed", _("not available")
        OPEN = "open", _("available as well")

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="exceptions", verbose_name=_("listing"))
    date = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    start_minute = models.PositiveSmallIntegerField(_("from (minute of the day)"), default=0)
    end_minute = models.PositiveSmallIntegerField(_("to (minute of the day)"), default=DAY_MINUTES)
    reason = models.CharField(_("reason"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("schedule exception")
        verbose_name_plural = _("schedule exceptions")
        ordering = ["date", "start_minute"]
        constraints = [
            models.CheckConstraint(
                condition=Q(start_minute__lt=F("end_minute"), end_minute__lte=DAY_MINUTES),
                name="schedule_exception_within_a_day",
            ),
            ExclusionConstraint(
                name="schedule_exceptions_apart",
                expressions=[
                    ("listing", RangeOperators.EQUAL),
                    ("date", RangeOperators.EQUAL),
                    (Func(F("start_minute"), F("end_minute"), function="int4range"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"
