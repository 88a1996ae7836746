"""What everyone may ask of a lot."""

from __future__ import annotations

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from lots.api.serializers import AvailabilitySerializer, LotSerializer, PeriodInput, ProblemSerializer
from lots.models import FloorPlan, Lot, Spot
from lots.queries import lot_availability


class LotView(APIView):
    """One published lot: address, how to enter, gates, floor plans with their bays."""

    permission_classes = [AllowAny]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "search"

    @extend_schema(operation_id="lot", tags=["lots"], responses={200: LotSerializer, 404: ProblemSerializer})
    def get(self, request: Request, code: str) -> Response:
        plans = FloorPlan.objects.prefetch_related(Prefetch("spots", Spot.objects.order_by("code")))
        lots = Lot.objects.filter(published=True).prefetch_related("gates", Prefetch("floor_plans", plans))
        return Response(LotSerializer(get_object_or_404(lots, code=code)).data)


class AvailabilityView(APIView):
    """Each spot of a published lot over [start, end): offered at all, and free for the whole of it."""

    permission_classes = [AllowAny]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "search"

    @extend_schema(
        operation_id="lot_availability",
        tags=["lots"],
        parameters=[PeriodInput],
        responses={200: AvailabilitySerializer, 400: ProblemSerializer, 404: ProblemSerializer},
    )
    def get(self, request: Request, code: str) -> Response:
        lot = get_object_or_404(Lot, code=code, published=True)
        asked = PeriodInput(data=request.query_params)
        for field in asked.fields.values():
            field.timezone = lot.zone  # type: ignore[attr-defined]
        asked.is_valid(raise_exception=True)
        period = asked.validated_data
        spots = lot_availability(lot, period["start"], period["end"])
        answer = {"lot": lot.code, "currency": lot.currency, **period, "spots": spots}
        return Response(AvailabilitySerializer(answer).data)
