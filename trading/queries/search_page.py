"""The search page: a place, what is free there, and what to offer where nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Avg
from django.utils.translation import gettext as _

from berth.design.money_words import money_text
from berth.kernel.money import Money
from lots.domain.intervals import Interval
from lots.domain.pricing import PriceLine
from lots.models import Lot, Spot
from lots.queries import (
    LotResult,
    Needs,
    OtherTime,
    Segment,
    SpotResult,
    Wish,
    days_of,
    nearly,
    search_page,
    suggest_places,
)
from trading.queries import offers
from trading.queries.ground import ground_at
from trading.queries.offers import Price

FURTHEST_M = 50_000
LOTS_PER_PAGE = 10
PLACES = 4
HERE_M = 30
FURTHEST_WALK_M = 3000


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look. ``label`` is empty for the whole city, where nothing was asked for."""

    latitude: float
    longitude: float
    label: str
    is_everywhere: bool = False


@dataclass(frozen=True, slots=True)
class SpotOffer:
    code: str
    features: list[str]
    price: Price
    href: str


@dataclass(frozen=True, slots=True)
class LotOffer:
    """A lot with its cheapest free spots; ``day``: the first of them over the wanted day."""

    lot: Lot
    distance_m: float | None
    count: int
    spots: list[SpotOffer]
    href: str
    day: list[Segment]
    wish: tuple[int, int]
    walk_minutes: int

    @property
    def price(self) -> Price:
        return self.spots[0].price

    @property
    def distance(self) -> str:
        return "" if self.distance_m is None else distance_text(self.distance_m)

    @property
    def walk(self) -> str:
        """'6 min on foot'; empty where that is not how one goes."""
        if self.distance_m is None or not HERE_M <= self.distance_m < FURTHEST_WALK_M:
            return ""
        return _("%(minutes)s min on foot") % {"minutes": self.walk_minutes}


@dataclass(frozen=True, slots=True)
class OtherTimeOffer:
    """A spot that is free at another time near the wanted one."""

    lot: Lot
    distance: str
    start: datetime
    end: datetime
    spot: SpotOffer


@dataclass(frozen=True, slots=True)
class Found:
    """Where ``lots`` is empty: ``other_times`` there, ``nearest`` beyond the radius, ``plainer`` without the filters.

    ``next``: the cursor of the page after this one.
    """

    place: Place
    lots: list[LotOffer]
    next: str | None = None
    nearest: list[LotOffer] = field(default_factory=list)
    other_times: list[OtherTimeOffer] = field(default_factory=list)
    plainer: list[LotOffer] = field(default_factory=list)


def distance_text(metres: float) -> str:
    """'350 m away', '1.2 km away'."""
    if metres < HERE_M:
        return _("right here")
    if metres < 1000:
        return _("%(metres)s m away") % {"metres": 10 * round(metres / 10)}
    return _("%(km)s km away") % {"km": f"{metres / 1000:.1f}"}


def places_of(text: str, latitude: float | None, longitude: float | None) -> list[Place]:
    """What was asked for: the point given, or the places that a text may mean, likeliest first; none where unknown."""
    if text:
        return [Place(one.latitude, one.longitude, one.name) for one in suggest_places(text, limit=PLACES)]
    if latitude is not None and longitude is not None:
        return [Place(latitude, longitude, _("where you are"))]
    middle = Lot.objects.filter(published=True).aggregate(latitude=Avg("latitude"), longitude=Avg("longitude"))
    if middle["latitude"] is None:
        return [Place(0.0, 0.0, "", is_everywhere=True)]
    return [Place(middle["latitude"], middle["longitude"], "", is_everywhere=True)]


def find(
    place: Place, *, radius_m: int, periods: tuple[Interval, ...], needs: Needs, order: str, cursor: str | None = None
) -> Found:
    """A page of free spots by lot. Five queries, eight more at most where nothing is found."""
    wish = Wish(
        latitude=place.latitude,
        longitude=place.longitude,
        radius_m=FURTHEST_M if place.is_everywhere else radius_m,
        periods=periods,
        needs=needs,
    )
    page = search_page(wish, order=order, limit=LOTS_PER_PAGE, cursor=cursor or None)
    if page.lots:
        return Found(place, _offers(page.lots, place, periods), page.next)
    almost = nearly(wish)
    return Found(
        place,
        [],
        nearest=_offers(almost.further, place, periods),
        other_times=[_other_time(other) for other in almost.other_times],
        plainer=_offers(almost.plainer, place, periods),
    )


def map_data(found: Found) -> dict[str, Any]:
    """What js/map.js draws: a price per lot, and where one looked."""
    shown = found.lots or found.nearest or found.plainer
    pins = [
        {
            "id": offer.lot.code,
            "lat": offer.lot.latitude,
            "lng": offer.lot.longitude,
            "label": money_text(offer.price.amount),
            "title": offer.lot.name,
            "href": f"#lot-{offer.lot.code}",
        }
        for offer in shown
    ]
    data: dict[str, Any] = {"pins": pins, "tiles": []}
    points: list[Place | Lot] = [found.place, *(offer.lot for offer in shown)]
    grounds = (ground_at(point.latitude, point.longitude) for point in points)
    if ground := next(filter(None, grounds), None):
        data["ground"] = ground
    if not found.place.is_everywhere:
        data["centre"] = {"lat": found.place.latitude, "lng": found.place.longitude, "label": found.place.label}
    return data


def _offers(results: Sequence[LotResult], place: Place, periods: Sequence[Interval]) -> list[LotOffer]:
    first = [result.spots[0].spot_id for result in results]
    spots = list(Spot.objects.select_related("lot").filter(pk__in=first)) if first else []
    start, end = periods[0]
    day = start.astimezone(results[0].lot.zone).date() if results else start.date()
    days = days_of(spots, day, 1)
    return [
        LotOffer(
            lot=result.lot,
            distance_m=None if place.is_everywhere else result.distance_m,
            count=result.count,
            spots=[_spot(result.lot, spot, periods) for spot in result.spots],
            href=offers.address("lot", result.lot.code, start=start, end=end),
            day=days[result.spots[0].spot_id][0].segments,
            wish=offers.wish(result.lot, start, end),
            walk_minutes=result.walk_minutes,
        )
        for result in results
    ]


def _other_time(other: OtherTime) -> OtherTimeOffer:
    spot = _spot(other.lot, other.spot, [(other.start, other.end)])
    return OtherTimeOffer(other.lot, distance_text(other.distance_m), other.start, other.end, spot)


def _spot(lot: Lot, spot: SpotResult, periods: Sequence[Interval]) -> SpotOffer:
    start, end = periods[0]
    if len(periods) == 1:
        price = offers.price_of(lot, spot.hourly_price_minor, spot.day_cap_minor, start, end)
    else:
        price = _price_of_all(lot, spot, periods)
    href = offers.address("spot", lot.code, spot.code, start=start, end=end)
    return SpotOffer(spot.code, offers.feature_labels(spot.features), price, href)


def _price_of_all(lot: Lot, spot: SpotResult, periods: Sequence[Interval]) -> Price:
    minor = offers.amount_of(lot, spot.hourly_price_minor, spot.day_cap_minor, periods)
    count = len(periods)
    return Price(Money(minor, lot.currency), [PriceLine("parking", f"{count} 次", f"{count} times", minor)])
