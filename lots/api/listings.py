"""An owner's listings. Another member's listing does not exist here (404)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.exceptions import NotAuthenticated
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lots.api.serializers import (
    ListingSerializer,
    NewListingInput,
    ProblemSerializer,
    ScheduleInput,
)
from lots.domain import listings
from lots.domain.schedule import Window
from lots.models import Listing, Spot
from members.models import Member

REFUSALS = {400: ProblemSerializer, 403: ProblemSerializer, 404: ProblemSerializer, 409: ProblemSerializer}


def caller(request: Request) -> Member:
    """The member who calls; the default permission lets no one else in."""
    if not isinstance(request.user, Member):
        raise NotAuthenticated
    return request.user


def own_listings(request: Request) -> QuerySet[Listing]:
    """The member's listings that are not withdrawn."""
    shown = Listing.objects.filter(owner=caller(request)).exclude(state=Listing.State.WITHDRAWN)
    return shown.select_related("spot__lot").prefetch_related("windows").order_by("spot__lot__code", "spot__code")


@extend_schema_view(get=extend_schema(operation_id="own_listings", tags=["listings"]))
class OwnListingsView(ListAPIView[Listing]):
    """GET: the member's listings. POST: a new draft for a spot of one's own."""

    serializer_class = ListingSerializer
    queryset = Listing.objects.none()

    def get_queryset(self) -> QuerySet[Listing]:
        return own_listings(self.request)

    @extend_schema(
        operation_id="new_listing",
        tags=["listings"],
        request=NewListingInput,
        responses={201: ListingSerializer, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        sent = NewListingInput(data=request.data)
        sent.is_valid(raise_exception=True)
        values = dict(sent.validated_data)
        member = caller(request)
        spot = get_object_or_404(
            Spot.objects.select_related("lot"), lot__code=values.pop("lot"), code=values.pop("spot"), owner=member
        )
        windows = [Window(**window) for window in values.pop("windows")]
        listing = listings.create_listing(spot=spot, by=member, windows=windows, **values)
        return shown(request, listing, status.HTTP_201_CREATED)


@extend_schema_view(
    get=extend_schema(
        operation_id="own_listing", tags=["listings"], responses={200: ListingSerializer, 404: ProblemSerializer}
    )
)
class OwnListingView(RetrieveAPIView[Listing]):
    """One listing of one's own."""

    serializer_class = ListingSerializer
    queryset = Listing.objects.none()

    def get_queryset(self) -> QuerySet[Listing]:
        return own_listings(self.request)


class ScheduleView(APIView):
    """The weekly windows as a whole."""

    @extend_schema(
        operation_id="set_schedule",
        tags=["listings"],
        request=ScheduleInput,
        responses={200: ListingSerializer, **REFUSALS},
    )
    def put(self, request: Request, pk: int) -> Response:
        listing = get_object_or_404(own_listings(request), pk=pk)
        sent = ScheduleInput(data=request.data)
        sent.is_valid(raise_exception=True)
        windows = [Window(**window) for window in sent.validated_data["windows"]]
        listings.set_schedule(listing=listing, windows=windows, by=caller(request))
        return shown(request, listing)


class _StateView(APIView):
    """A change of state; repeating it changes nothing."""

    change: Callable[..., Any]

    def post(self, request: Request, pk: int) -> Response:
        listing = get_object_or_404(own_listings(request), pk=pk)
        type(self).change(listing=listing, by=caller(request))
        return shown(request, listing)


@extend_schema_view(
    post=extend_schema(
        operation_id="publish_listing",
        tags=["listings"],
        request=None,
        responses={200: ListingSerializer, **REFUSALS},
    )
)
class PublishView(_StateView):
    """Show the spot on the site."""

    change = staticmethod(listings.publish)


@extend_schema_view(
    post=extend_schema(
        operation_id="pause_listing", tags=["listings"], request=None, responses={200: ListingSerializer, **REFUSALS}
    )
)
class PauseView(_StateView):
    """Take the spot from the site for now; bookings stay."""

    change = staticmethod(listings.pause)


def shown(request: Request, listing: Listing, code: int = status.HTTP_200_OK) -> Response:
    return Response(ListingSerializer(own_listings(request).get(pk=listing.pk)).data, status=code)
