"""Search, the map's clusters and places: for everyone, throttled, and each statement within a time limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from berth.kernel.errors import InvalidInput, Text
from berth.kernel.time_limits import SEARCH_MS, limited_to
from lots.api.serializers import ProblemSerializer
from lots.domain.intervals import Interval
from lots.models import Feature, Lot
from lots.models.lot import validate_zone
from lots.queries import (
    LotResult,
    Nearly,
    OtherTime,
    Section,
    SpotResult,
    Wish,
    clusters,
    nearly,
    occurrences,
    search_page,
    suggest_places,
)
from trading.api.search_serializers import (
    WEEKDAY_NAMES,
    MapInput,
    MapSerializer,
    PlacesInput,
    PlacesSerializer,
    SearchInput,
    SearchSerializer,
    WantedInput,
)
from trading.queries.offers import amount_of

REFUSALS = {400: ProblemSerializer, 429: ProblemSerializer, 503: ProblemSerializer}
Input = TypeVar("Input", bound=WantedInput)
_NAMES = [(feature, str(feature.name).lower()) for feature in Feature]


class _Open(APIView):
    permission_classes = [AllowAny]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "search"


class SearchView(_Open):
    """Lots with spots that are free for the whole time, each with its all-in price."""

    @extend_schema(
        operation_id="search", tags=["search"], parameters=[SearchInput], responses={200: SearchSerializer, **REFUSALS}
    )
    @limited_to(SEARCH_MS)
    def get(self, request: Request) -> Response:
        asked = _read(SearchInput, request)
        values = asked.validated_data
        latitude, longitude = _point(values)
        wish = Wish(
            latitude=latitude,
            longitude=longitude,
            radius_m=values["radius_m"],
            periods=_periods(asked),
            needs=asked.needs(),
        )
        page = search_page(wish, order=values["order"], limit=values["limit"], cursor=values.get("cursor"))
        answer: dict[str, Any] = {"lots": [_lot(lot, wish.periods) for lot in page.lots], "next": page.next}
        answer["nearly"] = None if page.lots else _nearly(nearly(wish), wish.periods)
        return Response(answer)


class MapView(_Open):
    """What lies in a section of the map, gathered to clusters about 64 pixels wide."""

    @extend_schema(
        operation_id="search_map", tags=["search"], parameters=[MapInput], responses={200: MapSerializer, **REFUSALS}
    )
    @limited_to(SEARCH_MS)
    def get(self, request: Request) -> Response:
        asked = _read(MapInput, request)
        section = Section(**{name: asked.validated_data[name] for name in ("south", "west", "north", "east", "zoom")})
        found = clusters(section, periods=_periods(asked), needs=asked.needs())
        return Response(MapSerializer({"clusters": found}).data)


class PlacesView(_Open):
    """Lots and landmarks by a few letters, in the language of the request."""

    @extend_schema(
        operation_id="places", tags=["search"], parameters=[PlacesInput], responses={200: PlacesSerializer, **REFUSALS}
    )
    @limited_to(SEARCH_MS)
    def get(self, request: Request) -> Response:
        asked = PlacesInput(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(PlacesSerializer({"places": suggest_places(asked.validated_data["q"])}).data)


def _read(kind: type[Input], request: Request) -> Input:
    """The input, with times read in the zone that it names."""
    asked = kind(data=request.query_params)
    if name := request.query_params.get("zone"):
        try:
            validate_zone(name)
        except ValidationError as error:
            text = error.messages[0]
            raise InvalidInput("zone_invalid", text, fields={"zone": text}) from None
        for field in ("start", "end"):
            asked.fields[field].timezone = ZoneInfo(name)  # type: ignore[attr-defined]
    asked.is_valid(raise_exception=True)
    return asked


def _periods(asked: WantedInput) -> tuple[Interval, ...]:
    values = asked.validated_data
    if not values.get("repeat_weekdays"):
        return ((values["start"], values["end"]),)
    weekdays = [WEEKDAY_NAMES.index(name) for name in values["repeat_weekdays"]]
    zone = ZoneInfo(values["zone"]) if values.get("zone") else timezone.get_default_timezone()
    return occurrences(values["start"], values["end"], weekdays=weekdays, weeks=values["repeat_weeks"], zone=zone)


def _point(values: dict[str, Any]) -> tuple[float, float]:
    if "latitude" in values and "longitude" in values:
        return float(values["latitude"]), float(values["longitude"])
    if "lot" in values:
        known = Lot.objects.filter(code=values["lot"], published=True).values_list("latitude", "longitude").first()
        if known is None:
            _refuse("lot", _("There is no such lot."))
        return known
    if "place" in values:
        places = suggest_places(values["place"], limit=1)
        if not places:
            _refuse("place", _("No place of that name is known here."))
        return places[0].latitude, places[0].longitude
    text = _("Say where: latitude and longitude, a lot, or a place.")
    raise InvalidInput("place_invalid", text, fields={"longitude" if "latitude" in values else "latitude": text})


def _refuse(field: str, text: Text) -> NoReturn:
    raise InvalidInput("place_invalid", text, fields={field: text})


def _lot(result: LotResult, periods: Sequence[Interval]) -> dict[str, Any]:
    """As FoundLotSerializer says, by hand: half of a request's time otherwise goes into fields."""
    lot = result.lot
    return {
        "lot": lot.code,
        "name_zh": lot.name_zh,
        "name_en": lot.name_en,
        "kind": lot.kind,
        "latitude": lot.latitude,
        "longitude": lot.longitude,
        "currency": lot.currency,
        "distance_m": result.distance_m,
        "walk_minutes": result.walk_minutes,
        "count": result.count,
        "spots": [_spot(lot, spot, periods) for spot in result.spots],
    }


def _spot(lot: Lot, spot: SpotResult, periods: Sequence[Interval]) -> dict[str, Any]:
    return {
        "code": spot.code,
        "features": [name for feature, name in _NAMES if spot.features & feature],
        "hourly_price_minor": spot.hourly_price_minor,
        "amount_minor": amount_of(lot, spot.hourly_price_minor, spot.day_cap_minor, periods),
    }


def _nearly(found: Nearly, periods: Sequence[Interval]) -> dict[str, Any]:
    return {
        "other_times": [_other_time(other) for other in found.other_times],
        "further": [_lot(lot, periods) for lot in found.further],
        "plainer": [_lot(lot, periods) for lot in found.plainer],
    }


def _other_time(other: OtherTime) -> dict[str, Any]:
    return {
        "lot": other.lot.code,
        "name_zh": other.lot.name_zh,
        "name_en": other.lot.name_en,
        "distance_m": other.distance_m,
        "start": other.start,
        "end": other.end,
        "spot": _spot(other.lot, other.spot, [(other.start, other.end)]),
    }
