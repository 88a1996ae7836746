"""What an owner sees of their spots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from lots.domain.intervals import Interval
from lots.domain.schedule import Window
from lots.models import Listing, Occupancy, Spot
from lots.queries.days import Day, Segment, days_of, minute_of
from lots.week_words import WeekRow, week_rows
from members.models import Member

NEXT_BOOKINGS = 3
_BOOKED = (Occupancy.Kind.BOOKING, Occupancy.Kind.RENTAL_BAY)


@dataclass(frozen=True, slots=True)
class BarDay:
    """A day as ``week_bars`` draws it; ``now_minute`` on today alone."""

    date: date
    segments: list[Segment]
    now_minute: int | None = None


@dataclass(frozen=True, slots=True)
class OwnSpot:
    """A spot of the member's with its current listing, if any, today and what comes."""

    spot: Spot
    listing: Listing | None
    today: BarDay
    week: list[WeekRow] = field(default_factory=list)
    next_bookings: list[Interval] = field(default_factory=list)


def own_spots(member: Member) -> list[OwnSpot]:
    """Every spot of the member, listed ones first. Six queries whatever their number."""
    spots = list(Spot.objects.filter(owner=member).select_related("lot").order_by("lot__code", "code"))
    listings = listings_of(spots)
    coming = next_bookings(spots)
    now = timezone.now()
    today = {spot.pk: now.astimezone(spot.lot.zone).date() for spot in spots}
    first = min(today.values(), default=now.date())
    days = days_of(spots, first, 2, member)
    found = [
        OwnSpot(
            spot=spot,
            listing=listings.get(spot.pk),
            today=bar_day(days[spot.pk][(today[spot.pk] - first).days], spot),
            week=_week(listings.get(spot.pk)),
            next_bookings=coming[spot.pk],
        )
        for spot in spots
    ]
    return sorted(found, key=lambda own: own.listing is None)


def listings_of(spots: Iterable[Spot]) -> dict[int, Listing]:
    """The current listing of each spot that has one, with its windows."""
    listings = Listing.objects.filter(spot__in=list(spots)).exclude(state=Listing.State.WITHDRAWN)
    return {listing.spot_id: listing for listing in listings.prefetch_related("windows")}


def next_bookings(spots: Iterable[Spot], limit: int = NEXT_BOOKINGS) -> dict[int, list[Interval]]:
    """Running and coming bookings per spot, soonest first."""
    found: dict[int, list[Interval]] = defaultdict(list)
    for one in _coming(spots, _BOOKED):
        if len(found[one.spot_id]) < limit:
            found[one.spot_id].append((one.period.lower, one.period.upper))
    return found


def own_uses(spots: Iterable[Spot]) -> dict[int, list[Occupancy]]:
    """When the owner uses each spot, now and to come, soonest first."""
    found: dict[int, list[Occupancy]] = defaultdict(list)
    for one in _coming(spots, (Occupancy.Kind.OWNER_USE,)):
        found[one.spot_id].append(one)
    return found


def _coming(spots: Iterable[Spot], kinds: Collection[str]) -> QuerySet[Occupancy]:
    return Occupancy.objects.filter(
        spot__in=list(spots), state=Occupancy.State.LIVE, kind__in=kinds, period__endswith__gt=timezone.now()
    ).order_by("period")


def own_week(spots: Iterable[Spot], first: date, member: Member) -> dict[int, list[BarDay]]:
    """Seven days from ``first`` per spot, as the owner sees them. Two queries."""
    shown = list(spots)
    week = days_of(shown, first, 7, member)
    return {spot.pk: [bar_day(day, spot) for day in week[spot.pk]] for spot in shown}


def bar_day(day: Day, spot: Spot) -> BarDay:
    zone = spot.lot.zone
    now = timezone.now()
    is_today = now.astimezone(zone).date() == day.date
    return BarDay(day.date, day.segments, minute_of(now, day.date, zone) if is_today else None)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _week(listing: Listing | None) -> list[WeekRow]:
    if listing is None:
        return []
    return week_rows(Window(w.weekday, w.start_minute, w.end_minute) for w in listing.windows.all())
