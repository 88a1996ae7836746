"""A renter's bookings. Somebody else's does not exist here (404)."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.exceptions import NotAuthenticated
from rest_framework.generics import ListAPIView
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from berth.kernel.errors import InvalidInput
from berth.kernel.plates import normalise
from lots.api.serializers import ProblemSerializer
from members.domain.vehicles import add_vehicle
from members.models import Member, Vehicle
from trading.api.serializers import BookingInput, BookingSerializer, CancelInput, PaymentSerializer, VehicleInput
from trading.domain import bookings
from trading.domain.holds import check_vehicle
from trading.models import Booking, BookingState
from trading.queries.visible import bookings_of, own_booking

REFUSALS = {
    400: ProblemSerializer,
    403: ProblemSerializer,
    404: ProblemSerializer,
    409: ProblemSerializer,
    429: ProblemSerializer,
}


def caller(request: Request) -> Member:
    """The member who calls; the default permission lets no one else in."""
    if not isinstance(request.user, Member):
        raise NotAuthenticated
    return request.user


class BookingPages(LimitOffsetPagination):
    default_limit = 20
    max_limit = 100


@extend_schema_view(get=extend_schema(operation_id="bookings", tags=["bookings"]))
class BookingsView(ListAPIView[Booking]):
    """GET: the member's bookings, newest first. POST: hold a quoted spot."""

    serializer_class = BookingSerializer
    pagination_class = BookingPages
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "booking"
    queryset = Booking.objects.none()

    def get_queryset(self) -> QuerySet[Booking]:
        return bookings_of(caller(self.request)).order_by("-created_at")

    @extend_schema(
        operation_id="hold",
        tags=["bookings"],
        request=BookingInput,
        responses={200: BookingSerializer, 201: BookingSerializer, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """201 for a new hold, 200 for a repeat of the same id."""
        sent = BookingInput(data=request.data)
        sent.is_valid(raise_exception=True)
        values, member = sent.validated_data, caller(request)
        known = bookings_of(member).filter(pk=values["id"]).exists()
        with transaction.atomic():
            booking = bookings.hold(
                booking_id=values["id"],
                renter=member,
                quote_token=values["quote"],
                vehicle=None if known else _vehicle(member, values),
            )
        return _shown(member, booking.pk, status.HTTP_200_OK if known else status.HTTP_201_CREATED)


class BookingView(APIView):
    """One booking of one's own."""

    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "booking"

    @extend_schema(
        operation_id="booking", tags=["bookings"], responses={200: BookingSerializer, 404: ProblemSerializer}
    )
    def get(self, request: Request, booking_id: uuid.UUID) -> Response:
        return _shown(caller(request), booking_id)


class PayView(APIView):
    """Ask for the price: where the renter pays. Repeating it gives the same payment."""

    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "booking"

    @extend_schema(
        operation_id="pay",
        tags=["bookings"],
        request=None,
        responses={200: PaymentSerializer, 503: ProblemSerializer, **REFUSALS},
    )
    def post(self, request: Request, booking_id: uuid.UUID) -> Response:
        return Response(PaymentSerializer(bookings.pay(booking_id=booking_id, renter=caller(request))).data)


class BookingVehicleView(APIView):
    """Say which car comes; possible until it is in."""

    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "booking"

    @extend_schema(
        operation_id="set_vehicle",
        tags=["bookings"],
        request=VehicleInput,
        responses={200: BookingSerializer, **REFUSALS},
    )
    def post(self, request: Request, booking_id: uuid.UUID) -> Response:
        sent = VehicleInput(data=request.data)
        sent.is_valid(raise_exception=True)
        member = caller(request)
        own_booking(member, booking_id)
        with transaction.atomic():
            vehicle = _vehicle(member, sent.validated_data)
            if vehicle is None:
                message = _("Say which car comes: by its number in your list, or by its plate.")
                raise InvalidInput("vehicle_missing", message, fields={"vehicle": message})
            bookings.set_vehicle(booking_id=booking_id, renter=member, vehicle=vehicle)
        return _shown(member, booking_id)


class CancelView(APIView):
    """Let an unpaid hold go, or cancel a paid booking before its start. Repeating it changes nothing."""

    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "booking"

    @extend_schema(
        operation_id="cancel", tags=["bookings"], request=CancelInput, responses={200: BookingSerializer, **REFUSALS}
    )
    def post(self, request: Request, booking_id: uuid.UUID) -> Response:
        sent = CancelInput(data=request.data)
        sent.is_valid(raise_exception=True)
        member = caller(request)
        if own_booking(member, booking_id).state == BookingState.HELD:
            bookings.abandon_hold(booking_id=booking_id, renter=member)
        else:
            bookings.cancel(booking_id=booking_id, renter=member, **sent.validated_data)
        return _shown(member, booking_id)


def _vehicle(member: Member, values: dict[str, Any]) -> Vehicle | None:
    """The named vehicle, or the plate's; a new plate goes on the list. Raises InvalidInput for others' cars."""
    if "vehicle" in values:
        vehicle = Vehicle.objects.filter(pk=values["vehicle"], member=member, removed_at=None).first()
        check_vehicle(member, vehicle or Vehicle())
        return vehicle
    if "plate" not in values:
        return None
    known = member.vehicles.filter(plate=normalise(values["plate"]), removed_at=None).first()
    return known or add_vehicle(member=member, plate=values["plate"])


def _shown(member: Member, booking_id: uuid.UUID, code: int = status.HTTP_200_OK) -> Response:
    return Response(BookingSerializer(own_booking(member, booking_id)).data, status=code)
