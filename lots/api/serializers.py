"""What the API shows and takes. Money in minor units of the lot's currency; times with an offset."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lots.domain.schedule import is_shown
from lots.models import Feature, FloorPlan, Gate, Listing, Lot, ScheduleException, Spot
from lots.models.listing import DAY_MINUTES

FEATURE_NAMES = [str(feature.name).lower() for feature in Feature]


class FeaturesField(serializers.Field):  # type: ignore[type-arg]
    """Feature bits as names."""

    def to_representation(self, value: int) -> list[str]:
        return [str(feature.name).lower() for feature in Feature if value & feature]


Features = extend_schema_field(serializers.ListField(child=serializers.ChoiceField(FEATURE_NAMES)))(FeaturesField)


class BaySerializer(serializers.ModelSerializer[Spot]):
    """A spot on its plan; ``outline`` in metres from the plan's top left corner."""

    features = Features(read_only=True)
    outline = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()), read_only=True)

    class Meta:
        model = Spot
        fields = ["code", "outline", "features", "max_height_cm", "latitude", "longitude"]


class ShapeSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    points = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    label = serializers.CharField(required=False)  # type: ignore[assignment]


class FloorPlanSerializer(serializers.ModelSerializer[FloorPlan]):
    """One level, in metres."""

    shapes = ShapeSerializer(many=True, read_only=True)
    spots = BaySerializer(many=True, read_only=True)

    class Meta:
        model = FloorPlan
        fields = ["level", "name_zh", "name_en", "width", "height", "shapes", "spots"]


class GateSerializer(serializers.ModelSerializer[Gate]):
    class Meta:
        model = Gate
        fields = ["code", "name_zh", "name_en", "direction", "latitude", "longitude"]


class LotSerializer(serializers.ModelSerializer[Lot]):
    """What everyone may know of a lot."""

    gates = GateSerializer(many=True, read_only=True)
    floor_plans = FloorPlanSerializer(many=True, read_only=True)

    class Meta:
        model = Lot
        fields = [
            "code",
            "kind",
            "name_zh",
            "name_en",
            "address_zh",
            "address_en",
            "entry_rules_zh",
            "entry_rules_en",
            "latitude",
            "longitude",
            "timezone",
            "currency",
            "service_fee_bp",
            "gates",
            "floor_plans",
        ]


class WallTimeField(serializers.DateTimeField):
    """An instant; without an offset it is what the clock on the wall shows, and a time that the clock skips is none."""

    default_error_messages = {"skipped": _("The clock skips that time. Choose another one.")}

    def enforce_timezone(self, value: datetime) -> datetime:
        instant = super().enforce_timezone(value)
        if value.tzinfo is None and not is_shown(instant):
            self.fail("skipped")
        return instant


class PeriodInput(serializers.Serializer[Any]):
    """[start, end); a time without an offset is the lot's."""

    start = WallTimeField()
    end = WallTimeField()


class SpotStateSerializer(serializers.Serializer[Any]):
    """A spot over the period: ``listed`` is offered at all, ``free`` can be booked for the whole of it."""

    code = serializers.CharField()
    features = Features()
    hourly_price_minor = serializers.IntegerField(allow_null=True)
    listed = serializers.BooleanField()
    free = serializers.BooleanField()


class AvailabilitySerializer(serializers.Serializer[Any]):
    lot = serializers.CharField()
    currency = serializers.CharField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    spots = SpotStateSerializer(many=True)


class WindowSerializer(serializers.Serializer[Any]):
    """Idle each week: weekday 0 Monday … 6 Sunday, minutes of the local day, 1440 is midnight at its end."""

    weekday = serializers.IntegerField(min_value=0, max_value=6)
    start_minute = serializers.IntegerField(min_value=0, max_value=DAY_MINUTES)
    end_minute = serializers.IntegerField(min_value=0, max_value=DAY_MINUTES)


class ScheduleInput(serializers.Serializer[Any]):
    windows = WindowSerializer(many=True)


class ListingSerializer(serializers.ModelSerializer[Listing]):
    """A listing as its owner sees it."""

    lot = serializers.CharField(source="spot.lot.code", read_only=True)
    spot = serializers.CharField(source="spot.code", read_only=True)
    currency = serializers.CharField(source="spot.lot.currency", read_only=True)
    windows = WindowSerializer(many=True, read_only=True)

    class Meta:
        model = Listing
        fields = [
            "id",
            "lot",
            "spot",
            "state",
            "hourly_price_minor",
            "day_cap_minor",
            "currency",
            "note",
            "windows",
            "holidays",
            "notice_minutes",
            "shortest_minutes",
            "longest_minutes",
            "buffer_minutes",
        ]
        read_only_fields = fields


class RulesInput(serializers.Serializer[Any]):
    """What the owner asks of each booking, in minutes (steps of 15), and how public holidays count."""

    holidays = serializers.ChoiceField(choices=Listing.Holidays.choices)
    notice_minutes = serializers.IntegerField()
    shortest_minutes = serializers.IntegerField()
    longest_minutes = serializers.IntegerField()
    buffer_minutes = serializers.IntegerField()


class ExceptionSerializer(serializers.ModelSerializer[ScheduleException]):
    """A local date that differs from the week: ``closed``, or ``open`` as well; minutes of that day."""

    class Meta:
        model = ScheduleException
        fields = ["id", "date", "kind", "start_minute", "end_minute", "reason"]
        read_only_fields = ["id"]


class BlackoutSerializer(PeriodInput):
    """A time that nobody can book: the owner's own use, or maintenance."""

    id = serializers.UUIDField(read_only=True)


class NewListingInput(serializers.Serializer[Any]):
    """A listing for a spot of one's own; it starts as a draft."""

    lot = serializers.SlugField()
    spot = serializers.CharField(max_length=12)
    hourly_price_minor = serializers.IntegerField()
    day_cap_minor = serializers.IntegerField(required=False, allow_null=True, default=None)
    note = serializers.CharField(required=False, allow_blank=True, default="")
    windows = WindowSerializer(many=True, required=False, default=list)


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457. ``title`` is the stable code; ``errors`` names the fields at fault."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = serializers.DictField(required=False)  # type: ignore[assignment]
