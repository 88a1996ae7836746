"""What trading's API takes and shows. Money in minor units; times with an offset."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lots.api.serializers import FEATURE_NAMES, WallTimeField
from lots.models import Feature
from trading.models import Booking


def bits_of(names: set[str]) -> int:
    """Feature bits of their names."""
    return sum(Feature[name.upper()] for name in names)


class PriceLineSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    text_zh = serializers.CharField()
    text_en = serializers.CharField()
    amount_minor = serializers.IntegerField()


class QuoteInput(serializers.Serializer[Any]):
    """A spot and a time; a time without an offset is the platform's.

    Without ``spot``: any spot of the lot with all ``features``. Which one is decided when it is booked.
    """

    lot = serializers.SlugField()
    spot = serializers.CharField(max_length=12, required=False)
    features = serializers.MultipleChoiceField(choices=FEATURE_NAMES, required=False, default=set)
    start = WallTimeField()
    end = WallTimeField()


class QuoteSerializer(serializers.Serializer[Any]):
    """All-in price with its lines; ``token`` is what a booking is made with, good until ``expires_at``.

    ``spot`` is null where any spot of the lot may be had: then the price is the most that it will cost.
    """

    lot = serializers.CharField(source="lot.code")
    spot = serializers.CharField(source="spot.code", default=None, allow_null=True)
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    lines = PriceLineSerializer(many=True)
    amount_minor = serializers.IntegerField(source="amount.minor")
    service_fee_minor = serializers.IntegerField(source="fee_minor")
    currency = serializers.CharField(source="amount.currency")
    token = serializers.CharField()
    expires_at = serializers.DateTimeField()


class VehicleInput(serializers.Serializer[Any]):
    """One of the member's vehicles by its id, or a plate (put on the member's list)."""

    vehicle = serializers.IntegerField(required=False)
    plate = serializers.CharField(required=False, max_length=20)


class BookingInput(VehicleInput):
    """``id`` is made by the client (UUID, version 7 is best) and is the idempotency key: repeat the request freely."""

    id = serializers.UUIDField()
    quote = serializers.CharField()


class CancelInput(serializers.Serializer[Any]):
    """``expected_refund_minor``: refuse with ``terms_changed`` if another sum would come back."""

    expected_refund_minor = serializers.IntegerField(required=False, min_value=0)


class PaymentSerializer(serializers.Serializer[Any]):
    """``pay_url``: where the renter pays."""

    id = serializers.UUIDField()
    amount_minor = serializers.IntegerField()
    currency = serializers.CharField()
    pay_url = serializers.URLField()
    expires_at = serializers.DateTimeField()


class BookingSerializer(serializers.ModelSerializer[Booking]):
    """A booking of one's own. ``hold_expires_at``: until when it may be paid; null once it is."""

    lot = serializers.CharField(source="lot.code", read_only=True)
    spot = serializers.CharField(source="spot.code", read_only=True)
    plate = serializers.CharField(source="vehicle.plate", read_only=True, default=None)
    lines = PriceLineSerializer(source="quote_lines", many=True, read_only=True)
    hold_expires_at = serializers.DateTimeField(source="occupancy.expires_at", read_only=True, allow_null=True)
    page = serializers.SerializerMethodField()

    class Meta:
        model = Booking
        fields = [
            "id",
            "reference",
            "state",
            "lot",
            "spot",
            "start",
            "end",
            "plate",
            "lines",
            "amount_minor",
            "service_fee_minor",
            "currency",
            "hold_expires_at",
            "created_at",
            "confirmed_at",
            "ended_at",
            "page",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_page(self, booking: Booking) -> str:
        """The booking's page on the site."""
        return reverse("booking", args=[booking.pk])
