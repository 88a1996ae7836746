"""The doors of lot servers: grants down, events up."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from berth.kernel.errors import InvalidInput
from hardware.api.authentication import IsOwnLot, LotServerIdentity, LotSignatureAuthentication
from hardware.api.serializers import EventsInput, EventsTaken, GrantsSigned, PictureInput, PictureTaken
from hardware.domain import events, grant_feed, pictures
from hardware.models import LotServer

LARGEST_REVISION = 2**63 - 1
LATEST = 7_258_118_400
LONGEST_NONCE = 64


class LotServerView(APIView):
    authentication_classes = [LotSignatureAuthentication]
    permission_classes = [IsOwnLot]
    serializer_class: type[serializers.Serializer[dict[str, object]]]

    @property
    def server(self) -> LotServer:
        identity: object = self.request.user
        if not isinstance(identity, LotServerIdentity):
            raise TypeError("IsOwnLot lets only lot servers in")
        return identity.server


class GrantsView(LotServerView):
    """What the lot may open, as far as it does not know it yet."""

    serializer_class = GrantsSigned

    @extend_schema(
        operation_id="lot_grants",
        tags=["lot servers"],
        parameters=[
            OpenApiParameter("since", int, description="The revision that the lot has; 0 for everything."),
            OpenApiParameter("epoch", int, description="The epoch of that revision; another one means everything."),
            OpenApiParameter("until", int, description="The horizon of the last answer, in Unix seconds."),
            OpenApiParameter("nonce", str, description="Comes back signed, at most 64 characters."),
        ],
        responses=GrantsSigned,
    )
    def get(self, request: Request, code: str) -> Response:
        """Changes after revision ``since``, signed by the platform."""
        query = request.query_params
        asked = grant_feed.Asked(
            since=_whole(query, "since"),
            epoch=_whole(query, "epoch"),
            until=_whole(query, "until", LATEST),
            nonce=query.get("nonce", "")[:LONGEST_NONCE],
        )
        feed = grant_feed.signed(lot_server=self.server, asked=asked)
        return Response({"payload": feed.payload, "signature": feed.signature})


class EventsView(LotServerView):
    """What happened at the lot."""

    serializer_class = EventsInput

    @extend_schema(operation_id="lot_events", tags=["lot servers"], request=EventsInput, responses=EventsTaken)
    def post(self, request: Request, code: str) -> Response:
        """Take events in order. Send what follows ``accepted_through`` next; repeating is harmless."""
        data = EventsInput(data=request.data)
        data.is_valid(raise_exception=True)
        accepted = events.take_events(
            lot_server=self.server,
            events=[events.Incoming(**event) for event in data.validated_data["events"]],
            version=data.validated_data["version"],
            grants_revision=data.validated_data["grants_revision"],
            oldest=data.validated_data.get("oldest"),
        )
        return Response({"accepted_through": accepted})


class PicturesView(LotServerView):
    """What a gate's camera saw."""

    serializer_class = PictureInput

    @extend_schema(operation_id="lot_pictures", tags=["lot servers"], request=PictureInput, responses=PictureTaken)
    def post(self, request: Request, code: str) -> Response:
        """Keep a picture for the staff of the lot. Repeating is harmless."""
        data = PictureInput(data=request.data)
        data.is_valid(raise_exception=True)
        given = data.validated_data
        sent = pictures.Sent(
            gate=given["gate"],
            event=given["event"],
            plate=given["plate"],
            taken_at=datetime.fromtimestamp(given["taken_at"] / 1000, UTC),
            jpeg=given["picture"],
        )
        pictures.keep(lot_server=self.server, sent=sent)
        return Response({"taken": True})


def _whole(query: QueryDict, name: str, largest: int = LARGEST_REVISION) -> int:
    """A whole number of the query, 0 where it is not given. Raises InvalidInput."""
    text = query.get(name, "0")
    if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= largest:
        return int(text)
    message = _("A revision is a whole number from 0.")
    raise InvalidInput("revision", message, fields={name: message})
