"""Search and prices: for everyone, throttled."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from lots.api.serializers import ProblemSerializer
from lots.models import Spot
from lots.queries import LotResult, search_spots
from members.models import Member
from trading.api.serializers import QuoteInput, QuoteSerializer, SearchInput, SearchSerializer
from trading.domain.quotes import QUOTE_SECONDS, Quote, make_quote
from trading.queries.offers import price_of

REFUSALS = {400: ProblemSerializer, 404: ProblemSerializer, 409: ProblemSerializer, 429: ProblemSerializer}


class SearchView(APIView):
    """Lots with spots that are free for the whole time, each with its all-in price."""

    permission_classes = [AllowAny]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "search"

    @extend_schema(
        operation_id="search",
        tags=["search"],
        parameters=[SearchInput],
        responses={200: SearchSerializer, 400: ProblemSerializer, 429: ProblemSerializer},
    )
    def get(self, request: Request) -> Response:
        asked = SearchInput(data=request.query_params)
        asked.is_valid(raise_exception=True)
        query: dict[str, Any] = asked.validated_data
        results = search_spots(**query)
        found = [_lot(result, query["start"], query["end"]) for result in results]
        return Response(SearchSerializer({"lots": found}).data)


class QuotesView(APIView):
    """A signed price for a spot and a time. Nothing is held by it."""

    permission_classes = [AllowAny]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "search"

    @extend_schema(
        operation_id="make_quote", tags=["bookings"], request=QuoteInput, responses={200: QuoteSerializer, **REFUSALS}
    )
    def post(self, request: Request) -> Response:
        sent = QuoteInput(data=request.data)
        sent.is_valid(raise_exception=True)
        asked = sent.validated_data
        spots = Spot.objects.select_related("lot").filter(lot__published=True)
        spot = get_object_or_404(spots, lot__code=asked["lot"], code=asked["spot"])
        member = request.user if isinstance(request.user, Member) else None
        quote = make_quote(spot=spot, start=asked["start"], end=asked["end"], member=member)
        return Response(QuoteSerializer(_Valid(quote, timezone.now() + timedelta(seconds=QUOTE_SECONDS))).data)


@dataclass(frozen=True, slots=True)
class _Valid:
    """A quote with its expiry, read through by the serializer."""

    quote: Quote
    expires_at: datetime

    def __getattr__(self, name: str) -> Any:
        return getattr(self.quote, name)


def _lot(result: LotResult, start: datetime, end: datetime) -> dict[str, Any]:
    spots = [
        asdict(spot)
        | {"amount_minor": price_of(result.lot, spot.hourly_price_minor, spot.day_cap_minor, start, end).amount.minor}
        for spot in result.spots
    ]
    return {"lot": result.lot, "distance_m": result.distance_m, "count": result.count, "spots": spots}
