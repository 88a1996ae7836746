"""The search page: a place, what is free there, and what to offer where nothing is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Avg
from django.utils.translation import gettext as _

from berth.design.money_words import money_text
from lots.models import Lot, Spot
from lots.queries import LotResult, Segment, days_of, search_spots, suggest_lots
from trading.queries import offers
from trading.queries.ground import ground_at
from trading.queries.offers import Price

FURTHEST_M = 50_000
ALTERNATIVES = 3
HERE_M = 30


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

    @property
    def price(self) -> Price:
        return self.spots[0].price

    @property
    def distance(self) -> str:
        """'350 m away', '1.2 km away'; empty where no place was asked for."""
        if self.distance_m is None:
            return ""
        if self.distance_m < HERE_M:
            return _("right here")
        if self.distance_m < 1000:
            return _("%(metres)s m away") % {"metres": 10 * round(self.distance_m / 10)}
        return _("%(km)s km away") % {"km": f"{self.distance_m / 1000:.1f}"}


@dataclass(frozen=True, slots=True)
class Found:
    """``nearest``: the alternatives where ``lots`` is empty, without regard to radius and features."""

    place: Place
    lots: list[LotOffer]
    nearest: list[LotOffer] = field(default_factory=list)


def place_of(text: str, latitude: float | None, longitude: float | None) -> Place | None:
    """The point that was asked for: given, or the lot that a text means. None for a text that nothing is known by."""
    if text:
        known = suggest_lots(text, limit=1)
        return Place(known[0].latitude, known[0].longitude, known[0].name) if known else None
    if latitude is not None and longitude is not None:
        return Place(latitude, longitude, _("where you are"))
    middle = Lot.objects.filter(published=True).aggregate(latitude=Avg("latitude"), longitude=Avg("longitude"))
    if middle["latitude"] is None:
        return Place(0.0, 0.0, "", is_everywhere=True)
    return Place(middle["latitude"], middle["longitude"], "", is_everywhere=True)


def find(place: Place, *, radius_m: int, start: datetime, end: datetime, features: int, order: str) -> Found:
    """Free spots by lot. Four queries, two more where nothing is found."""
    asked: dict[str, Any] = {"latitude": place.latitude, "longitude": place.longitude, "start": start, "end": end}
    radius = FURTHEST_M if place.is_everywhere else radius_m
    results = search_spots(**asked, radius_m=radius, features=features, order=order)
    if results:
        return Found(place, _offers(results, place, start, end))
    wider = search_spots(**asked, order="distance", radius_m=FURTHEST_M, limit=ALTERNATIVES)
    return Found(place, [], _offers(wider, place, start, end))


def map_data(found: Found) -> dict[str, Any]:
    """What js/map.js draws: a price per lot, and where one looked."""
    shown = found.lots or found.nearest
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


def _offers(results: list[LotResult], place: Place, start: datetime, end: datetime) -> list[LotOffer]:
    first = [result.spots[0].spot_id for result in results]
    spots = list(Spot.objects.select_related("lot").filter(pk__in=first)) if first else []
    day = start.astimezone(results[0].lot.zone).date() if results else start.date()
    days = days_of(spots, day, 1)
    return [
        LotOffer(
            lot=result.lot,
            distance_m=None if place.is_everywhere else result.distance_m,
            count=result.count,
            spots=[_spot(result, spot, start, end) for spot in result.spots],
            href=offers.address("lot", result.lot.code, start=start, end=end),
            day=days[result.spots[0].spot_id][0].segments,
            wish=offers.wish(result.lot, start, end),
        )
        for result in results
    ]


def _spot(result: LotResult, spot: Any, start: datetime, end: datetime) -> SpotOffer:
    price = offers.price_of(result.lot, spot.hourly_price_minor, spot.day_cap_minor, start, end)
    href = offers.address("spot", result.lot.code, spot.code, start=start, end=end)
    return SpotOffer(spot.code, offers.feature_labels(spot.features), price, href)
