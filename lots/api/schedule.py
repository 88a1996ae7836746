"""When a listing is not idle although its week says so, and what its owner asks of bookings.

An owner's listings and their parts do not exist for others (404); maintenance is for staff of the lot (403).
"""

from __future__ import annotations

import uuid

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lots.api.listings import REFUSALS, caller, own_listings, shown
from lots.api.serializers import BlackoutSerializer, ExceptionSerializer, ListingSerializer, RulesInput
from lots.domain import listings, maintenance, occupancy
from lots.domain.listing_rules import BookingRules
from lots.models import Lot, Occupancy, ScheduleException, Spot


class RulesView(APIView):
    """Notice, lengths, time between bookings and holidays, as a whole."""

    @extend_schema(
        operation_id="set_booking_rules",
        tags=["listings"],
        request=RulesInput,
        responses={200: ListingSerializer, **REFUSALS},
    )
    def put(self, request: Request, pk: int) -> Response:
        listing = get_object_or_404(own_listings(request), pk=pk)
        sent = RulesInput(data=request.data)
        sent.is_valid(raise_exception=True)
        rules = BookingRules(**sent.validated_data)
        listings.set_booking_rules(listing=listing, rules=rules, by=caller(request))
        return shown(request, listing)


class ExceptionsView(APIView):
    """Dates that differ from the week."""

    @extend_schema(
        operation_id="exceptions",
        tags=["listings"],
        responses={200: ExceptionSerializer(many=True), 404: REFUSALS[404]},
    )
    def get(self, request: Request, pk: int) -> Response:
        listing = get_object_or_404(own_listings(request), pk=pk)
        return Response(ExceptionSerializer(listing.exceptions.all(), many=True).data)

    @extend_schema(
        operation_id="add_exception",
        tags=["listings"],
        request=ExceptionSerializer,
        responses={201: ExceptionSerializer, **REFUSALS},
    )
    def post(self, request: Request, pk: int) -> Response:
        listing = get_object_or_404(own_listings(request), pk=pk)
        sent = ExceptionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        values = dict(sent.validated_data)
        made = listings.add_exception(listing=listing, day=values.pop("date"), by=caller(request), **values)
        return Response(ExceptionSerializer(made).data, status=status.HTTP_201_CREATED)


class ExceptionView(APIView):
    """One of them."""

    @extend_schema(operation_id="remove_exception", tags=["listings"], responses={204: None, 404: REFUSALS[404]})
    def delete(self, request: Request, pk: int, exception_id: int) -> Response:
        listing = get_object_or_404(own_listings(request), pk=pk)
        get_object_or_404(ScheduleException, pk=exception_id, listing=listing)
        listings.remove_exception(listing=listing, exception_id=exception_id, by=caller(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class OwnUseView(APIView):
    """The owner keeps the spot for themselves."""

    @extend_schema(
        operation_id="own_use",
        tags=["listings"],
        request=BlackoutSerializer,
        responses={201: BlackoutSerializer, **REFUSALS},
    )
    def post(self, request: Request, pk: int) -> Response:
        listing = get_object_or_404(own_listings(request), pk=pk)
        period = asked_period(request, listing.spot.lot)
        made = occupancy.owner_use(spot=listing.spot, by=caller(request), **period.validated_data)
        return Response({**period.data, "id": made}, status=status.HTTP_201_CREATED)


class OwnUseEndView(APIView):
    """Bookable again from now on."""

    @extend_schema(operation_id="end_own_use", tags=["listings"], responses={204: None, 404: REFUSALS[404]})
    def delete(self, request: Request, pk: int, occupancy_id: uuid.UUID) -> Response:
        listing = get_object_or_404(own_listings(request), pk=pk)
        uses = Occupancy.objects.filter(kind=Occupancy.Kind.OWNER_USE, spot=listing.spot_id)
        use = get_object_or_404(uses, pk=occupancy_id)
        occupancy.end_owner_use(occupancy_id=use.pk, by=caller(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class MaintenanceView(APIView):
    """Staff close a spot of their lot for work."""

    @extend_schema(
        operation_id="maintenance",
        tags=["lots"],
        request=BlackoutSerializer,
        responses={201: BlackoutSerializer, **REFUSALS},
    )
    def post(self, request: Request, code: str, spot_code: str) -> Response:
        member = caller(request)
        spot = get_object_or_404(Spot.objects.select_related("lot"), lot__code=code, code=spot_code)
        period = asked_period(request, spot.lot)
        made = maintenance.close(spot=spot, by=member, **period.validated_data)
        return Response({**period.data, "id": made}, status=status.HTTP_201_CREATED)


class MaintenanceEndView(APIView):
    """Bookable again from now on."""

    @extend_schema(operation_id="end_maintenance", tags=["lots"], responses={204: None, 403: REFUSALS[403]})
    def delete(self, request: Request, code: str, spot_code: str, occupancy_id: uuid.UUID) -> Response:
        row = get_object_or_404(Occupancy, pk=occupancy_id, spot__lot__code=code, spot__code=spot_code)
        maintenance.reopen(occupancy_id=row.pk, by=caller(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def asked_period(request: Request, lot: Lot) -> BlackoutSerializer:
    """[start, end) of the request; a time without an offset is the lot's, one that its clocks skip is refused."""
    asked = BlackoutSerializer(data=request.data)
    for name in ("start", "end"):
        asked.fields[name].timezone = lot.zone  # type: ignore[attr-defined]
    asked.is_valid(raise_exception=True)
    return asked
