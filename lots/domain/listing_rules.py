"""The rules of a listing as sentences, shared by form, API and domain. Each raises and says how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.design.time_words import duration_words
from berth.kernel.errors import InvalidInput, NotAllowed, Text
from lots.domain.bookable import minutes_ahead
from lots.domain.idle_time import DAYS_AHEAD
from lots.domain.schedule import Window
from lots.models import Listing, ScheduleException, Spot
from lots.models.listing import (
    DAY_MINUTES,
    LONGEST_MINUTES,
    MOST_BUFFER_MINUTES,
    MOST_NOTICE_MINUTES,
    SHORTEST_MINUTES,
)
from members.models import Member

MAX_PRICE_MINOR = 10_000_000
"""Per hour or day; above it somebody has slipped on the keys."""
MAX_WINDOWS = 7 * 12
MAX_EXCEPTION_AHEAD = timedelta(days=366)
NOTE_LENGTH = 300


def only_the_owner_may_change(listing: Listing, by: Member) -> None:
    if listing.owner_id != by.pk:
        raise NotAllowed("not_your_listing", _("This listing belongs to another member."))


def only_the_owner_may_list(spot: Spot, by: Member) -> None:
    if spot.owner_id != by.pk:
        raise NotAllowed("not_your_spot", _("This spot is not yours."))


def price_is_right(hourly_price_minor: int, day_cap_minor: int | None) -> None:
    if hourly_price_minor <= 0:
        raise InvalidInput(
            "price_not_positive",
            _("The price must be above zero."),
            fields={"hourly_price_minor": _("The price must be above zero.")},
        )
    if hourly_price_minor > MAX_PRICE_MINOR:
        raise InvalidInput(
            "price_too_high",
            _("This price is too high to be meant."),
            fields={"hourly_price_minor": _("This price is too high to be meant.")},
        )
    if day_cap_minor is not None and day_cap_minor < hourly_price_minor:
        raise InvalidInput(
            "cap_below_an_hour",
            _("The day cap must be at least the price of one hour."),
            fields={"day_cap_minor": _("The day cap must be at least the price of one hour.")},
        )
    if day_cap_minor is not None and day_cap_minor > 24 * MAX_PRICE_MINOR:
        raise InvalidInput(
            "cap_too_high",
            _("This price is too high to be meant."),
            fields={"day_cap_minor": _("This price is too high to be meant.")},
        )


def note_is_short(note: str) -> None:
    if len(note) > NOTE_LENGTH:
        message = _("Please keep the note under 300 characters.")
        raise InvalidInput("note_too_long", message, fields={"note": message})


@dataclass(frozen=True, slots=True)
class BookingRules:
    """What an owner asks of each booking, in minutes, and how public holidays count (Listing.Holidays)."""

    holidays: str
    notice_minutes: int
    shortest_minutes: int
    longest_minutes: int
    buffer_minutes: int


def booking_rules_are_right(rules: BookingRules) -> None:
    """In steps of a quarter of an hour and within the platform's bounds."""
    faults: dict[str, Text] = {}
    if rules.holidays not in Listing.Holidays.values:
        faults["holidays"] = _("Choose how public holidays count.")
    for name, least, most in (
        ("notice_minutes", 0, MOST_NOTICE_MINUTES),
        ("shortest_minutes", SHORTEST_MINUTES, LONGEST_MINUTES),
        ("longest_minutes", SHORTEST_MINUTES, LONGEST_MINUTES),
        ("buffer_minutes", 0, MOST_BUFFER_MINUTES),
    ):
        value = getattr(rules, name)
        if not least <= value <= most:
            words = {"least": duration_words(least), "most": duration_words(most)}
            faults[name] = _("Choose from %(least)s to %(most)s.") % words
        elif value % 15:
            faults[name] = _("Times are in steps of 15 minutes.")
    if not faults and rules.longest_minutes < rules.shortest_minutes:
        faults["longest_minutes"] = _("The longest booking must not be shorter than the shortest.")
    if faults:
        raise InvalidInput("booking_rules", next(iter(faults.values())), fields=faults)


def period_suits(listing: Listing, start: datetime, end: datetime, *, now: datetime | None = None) -> None:
    """Neither too short nor too long for the owner, and asked for early enough. The search leaves such spots out."""
    minutes = int((end - start).total_seconds()) // 60
    faults: dict[str, Text] = {}
    if minutes_ahead(start, now or timezone.now()) < listing.notice_minutes:
        words = {"time": duration_words(listing.notice_minutes)}
        faults["start"] = _("The owner asks for %(time)s of notice. Choose a later start or another spot.") % words
    if minutes < listing.shortest_minutes:
        words = {"time": duration_words(listing.shortest_minutes)}
        faults["end"] = _("The shortest booking here is %(time)s. Choose a later end or another spot.") % words
    if minutes > listing.longest_minutes:
        words = {"time": duration_words(listing.longest_minutes)}
        faults["end"] = _("The longest booking here is %(time)s. Choose an earlier end or another spot.") % words
    if faults:
        raise InvalidInput("period_unsuited", next(iter(faults.values())), fields=faults)


def windows_are_right(windows: Sequence[Window]) -> None:
    """Each within its day, none over another of its weekday."""
    if len(windows) > MAX_WINDOWS:
        message = _("These are too many times. Join those that touch.")
        raise InvalidInput("windows_too_many", message, fields={"windows": message})
    for window in windows:
        if not 0 <= window.weekday <= 6:
            message = _("There is no such weekday.")
            raise InvalidInput("weekday_unknown", message, fields={"windows": message})
        span_is_within_a_day(window.start_minute, window.end_minute, field="windows")
    ordered = sorted(windows)
    for one, other in pairwise(ordered):
        if one.weekday == other.weekday and other.start_minute < one.end_minute:
            message = _("Two times on the same weekday overlap. Join them or move one.")
            raise InvalidInput("windows_overlap", message, fields={"windows": message})


def span_is_within_a_day(start_minute: int, end_minute: int, *, field: str) -> None:
    if not 0 <= start_minute < end_minute <= DAY_MINUTES:
        message = _("The end must be after the start, both within 00:00–24:00.")
        raise InvalidInput("times_inverted", message, fields={field: message})


def exception_is_to_come(listing: Listing, day: date, end_minute: int) -> None:
    """Not before today in the lot's zone, nor, today, over already."""
    now = timezone.now().astimezone(listing.spot.lot.zone)
    over = day == now.date() and end_minute <= now.hour * 60 + now.minute
    if day < now.date() or over:
        message = _("That time is past. Choose today or a later day.")
        raise InvalidInput("exception_past", message, fields={"date": message})
    if day > now.date() + MAX_EXCEPTION_AHEAD:
        message = _("Choose a day within a year.")
        raise InvalidInput("exception_too_far", message, fields={"date": message})


def exception_is_apart(listing: Listing, day: date, start_minute: int, end_minute: int) -> None:
    """No other exception of the date covers any of it."""
    overlapping = ScheduleException.objects.filter(
        listing=listing, date=day, start_minute__lt=end_minute, end_minute__gt=start_minute
    )
    if overlapping.exists():
        message = _("There is an exception for this time already. Remove it first.")
        raise InvalidInput("exceptions_overlap", message, fields={"date": message})


def has_idle_time(listing: Listing) -> None:
    """A listing without any time would never be found: refuse to publish it."""
    today = timezone.now().astimezone(listing.spot.lot.zone).date()
    if listing.windows.exists():
        return
    coming = listing.exceptions.filter(kind=ScheduleException.Kind.OPEN, date__gte=today)
    if not coming.filter(date__lte=today + timedelta(days=DAYS_AHEAD)).exists():
        message = _("Say first when your spot is idle.")
        raise InvalidInput("no_idle_time", message, fields={"windows": message})
