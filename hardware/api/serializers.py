"""Shapes of the lot servers' API (docs/lot-system.md)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from hardware.gates.pictures import LARGEST_PICTURE

MOST_EVENTS = 500
LARGEST = 2**63 - 1
LONGEST_PICTURE = LARGEST_PICTURE * 4 // 3 + 4
"""Characters of base64."""
YEAR_2000, YEAR_2200 = 946_684_800_000, 7_258_118_400_000


class GrantsSigned(serializers.Serializer[dict[str, Any]]):
    payload = serializers.CharField(help_text="Canonical JSON: lot, revision, issued_at, since, grants.")
    signature = serializers.CharField(help_text="Ed25519 over the payload's bytes, base64.")


class EventInput(serializers.Serializer[dict[str, Any]]):
    sequence = serializers.IntegerField(min_value=1, max_value=LARGEST)
    kind = serializers.CharField(max_length=32)
    occurred_at = serializers.IntegerField(
        min_value=YEAR_2000, max_value=YEAR_2200, help_text="Unix time in milliseconds."
    )
    payload = serializers.DictField(help_text="A flat object; its fields by kind: docs/lot-system.md.")

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        value["occurred_at"] = datetime.fromtimestamp(value["occurred_at"] / 1000, UTC)
        return value


class EventsInput(serializers.Serializer[dict[str, Any]]):
    version = serializers.CharField(max_length=40, allow_blank=True, default="")
    grants_revision = serializers.IntegerField(min_value=0, max_value=LARGEST)
    oldest = serializers.IntegerField(
        min_value=1, max_value=LARGEST, required=False, help_text="The first event that the lot still has."
    )
    events = serializers.ListField(child=EventInput(), max_length=MOST_EVENTS)


class PictureInput(serializers.Serializer[dict[str, Any]]):
    gate = serializers.CharField(max_length=16)
    event = serializers.CharField(max_length=80, help_text="The camera's event, as in the plate's lot event.")
    plate = serializers.CharField(max_length=12)
    taken_at = serializers.IntegerField(
        min_value=YEAR_2000, max_value=YEAR_2200, help_text="Unix time in milliseconds."
    )
    picture = serializers.CharField(max_length=LONGEST_PICTURE, help_text="JPEG of at most 60 kB, base64.")

    def validate_picture(self, value: str) -> bytes:
        try:
            return base64.b64decode(value, validate=True)
        except ValueError as error:
            raise serializers.ValidationError(_("This is not base64.")) from error


class PictureTaken(serializers.Serializer[dict[str, Any]]):
    taken = serializers.BooleanField(help_text="It is kept, now or since an earlier time.")


class EventsTaken(serializers.Serializer[dict[str, Any]]):
    accepted_through = serializers.IntegerField(help_text="Every event up to this sequence has been taken.")
