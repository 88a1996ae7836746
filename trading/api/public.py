"""Prices: for everyone, throttled."""

from __future__ import annotations

from dataclasses import dataclass
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
from lots.models import Lot, Spot
from members.models import Member
from trading.api.serializers import QuoteInput, QuoteSerializer, bits_of
from trading.domain.lot_quotes import LotQuote, make_lot_quote
from trading.domain.quotes import QUOTE_SECONDS, Quote, make_quote

REFUSALS = {400: ProblemSerializer, 404: ProblemSerializer, 409: ProblemSerializer, 429: ProblemSerializer}


class QuotesView(APIView):
    """A signed price for a spot, or any spot of a lot, and a time. Nothing is held by it."""

    permission_classes = [AllowAny]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "search"

    @extend_schema(
        operation_id="make_quote", tags=["bookings"], request=QuoteInput, responses={200: QuoteSerializer, **REFUSALS}
    )
    def post(self, request: Request) -> Response:
        sent = QuoteInput(data=request.data)
        sent.is_valid(raise_exception=True)
        quote = self._quote(sent.validated_data, request.user if isinstance(request.user, Member) else None)
        return Response(QuoteSerializer(_Valid(quote, timezone.now() + timedelta(seconds=QUOTE_SECONDS))).data)

    def _quote(self, asked: dict[str, Any], member: Member | None) -> Quote | LotQuote:
        if "spot" not in asked:
            lot = get_object_or_404(Lot, code=asked["lot"], published=True)
            features = bits_of(asked["features"])
            return make_lot_quote(lot=lot, start=asked["start"], end=asked["end"], features=features, member=member)
        spots = Spot.objects.select_related("lot").filter(lot__published=True)
        spot = get_object_or_404(spots, lot__code=asked["lot"], code=asked["spot"])
        return make_quote(spot=spot, start=asked["start"], end=asked["end"], member=member)


@dataclass(frozen=True, slots=True)
class _Valid:
    """A quote with its expiry, read through by the serializer."""

    quote: Quote | LotQuote
    expires_at: datetime

    def __getattr__(self, name: str) -> Any:
        return getattr(self.quote, name)
