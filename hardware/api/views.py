"""The doors of lot servers: grants down, events up."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from berth.kernel.errors import InvalidInput
from hardware.api.authentication import IsOwnLot, LotServerIdentity, LotSignatureAuthentication
from hardware.api.serializers import EventsInput, EventsTaken, GrantsSigned
from hardware.domain import events, grant_feed
from hardware.models import LotServer

LARGEST_REVISION = 2**63 - 1


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
        parameters=[OpenApiParameter("since", int, description="The revision that the lot has; 0 for everything.")],
        responses=GrantsSigned,
    )
    def get(self, request: Request, code: str) -> Response:
        """Changes after revision ``since``, signed by the platform."""
        feed = grant_feed.signed(lot_server=self.server, since=_revision(request.query_params.get("since", "0")))
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
        )
        return Response({"accepted_through": accepted})


def _revision(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_REVISION:
        return int(text)
    message = _("A revision is a whole number from 0.")
    raise InvalidInput("revision", message, fields={"since": message})
