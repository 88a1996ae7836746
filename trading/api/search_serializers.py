"""What the search API takes and shows. Money in minor units; times with an offset; lengths in cm, ways in m."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from lots.api.serializers import FEATURE_NAMES, Features, WallTimeField
from lots.models import Feature, Lot
from lots.queries import Needs
from lots.queries.places import MAX_TEXT
from lots.queries.recurrence import MAX_WEEKS
from lots.queries.search_input import ORDERS

WEEKDAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class WantedInput(serializers.Serializer[Any]):
    """When, and what the spot must be like. A time without an offset is of ``zone`` (the platform's if left out).

    With ``repeat_weekdays`` the hours of ``start`` and ``end`` come again on those days for ``repeat_weeks`` weeks, and
    a spot must be free for all of them.
    """

    start = WallTimeField()
    end = WallTimeField()
    zone = serializers.CharField(max_length=40, required=False, help_text="IANA name, e.g. Asia/Shanghai")
    repeat_weekdays = serializers.MultipleChoiceField(choices=WEEKDAY_NAMES, required=False)
    repeat_weeks = serializers.IntegerField(min_value=1, max_value=MAX_WEEKS, default=4)
    features = serializers.MultipleChoiceField(choices=FEATURE_NAMES, required=False)
    kind = serializers.ChoiceField(choices=Lot.Kind.choices, required=False)
    height_cm = serializers.IntegerField(required=False, min_value=1)
    width_cm = serializers.IntegerField(required=False, min_value=1)
    length_cm = serializers.IntegerField(required=False, min_value=1)

    def needs(self) -> Needs:
        asked = self.validated_data
        return Needs(
            features=sum(Feature[name.upper()] for name in asked.get("features", ())),
            kind=asked.get("kind", ""),
            height_cm=asked.get("height_cm"),
            width_cm=asked.get("width_cm"),
            length_cm=asked.get("length_cm"),
        )


class SearchInput(WantedInput):
    """Where: ``latitude`` and ``longitude``, or a ``lot`` by its code, or a ``place`` by its name in Chinese, pinyin or
    English."""

    latitude = serializers.FloatField(required=False)
    longitude = serializers.FloatField(required=False)
    lot = serializers.SlugField(required=False)
    place = serializers.CharField(required=False, max_length=MAX_TEXT)
    radius_m = serializers.FloatField(default=2000)
    order = serializers.ChoiceField(choices=ORDERS, default="price")
    limit = serializers.IntegerField(default=20, min_value=1, max_value=100)
    cursor = serializers.CharField(required=False, max_length=400, help_text="``next`` of the page before")


class MapInput(WantedInput):
    """A section of a map in degrees, and its zoom (0: the world in one tile)."""

    south = serializers.FloatField()
    west = serializers.FloatField()
    north = serializers.FloatField()
    east = serializers.FloatField()
    zoom = serializers.IntegerField(min_value=0, max_value=22)


class PlacesInput(serializers.Serializer[Any]):
    q = serializers.CharField(max_length=MAX_TEXT)


class FoundSpotSerializer(serializers.Serializer[Any]):
    """``amount_minor``: all-in for the whole time (every time, where it repeats), what checkout will say too."""

    code = serializers.CharField()
    features = Features()
    hourly_price_minor = serializers.IntegerField()
    amount_minor = serializers.IntegerField()


class FoundLotSerializer(serializers.Serializer[Any]):
    """A lot with its cheapest free spots; ``count``: how many are free in all. ``walk_minutes``: from its gate."""

    lot = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    kind = serializers.ChoiceField(choices=Lot.Kind.choices)
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    currency = serializers.CharField()
    distance_m = serializers.FloatField()
    walk_minutes = serializers.IntegerField()
    count = serializers.IntegerField()
    spots = FoundSpotSerializer(many=True)


class OtherTimeSerializer(serializers.Serializer[Any]):
    lot = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    distance_m = serializers.FloatField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    spot = FoundSpotSerializer()


class NearlySerializer(serializers.Serializer[Any]):
    """Where nothing fits: another time there, the same time ``further`` away, or there and then without the filters."""

    other_times = OtherTimeSerializer(many=True)
    further = FoundLotSerializer(many=True)
    plainer = FoundLotSerializer(many=True)


class SearchSerializer(serializers.Serializer[Any]):
    """``next``: the cursor of the page after this one, null at the end. ``nearly``: only where ``lots`` is empty."""

    lots = FoundLotSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    nearly = NearlySerializer(allow_null=True)


class ClusterSerializer(serializers.Serializer[Any]):
    """``lots`` around a point; ``lot``: its code where it is one alone. In a wide view (zoom below 11) the wanted time
    is not looked at, all published lots count, and there is no price."""

    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    lots = serializers.IntegerField()
    hourly_price_minor = serializers.IntegerField(allow_null=True)
    lot = serializers.CharField(source="code", allow_null=True)


class MapSerializer(serializers.Serializer[Any]):
    clusters = ClusterSerializer(many=True)


class PlaceSerializer(serializers.Serializer[Any]):
    """``lot``: its code, null for a landmark."""

    name = serializers.CharField()
    kind = serializers.CharField()
    detail = serializers.CharField()
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    lot = serializers.CharField(allow_null=True)


class PlacesSerializer(serializers.Serializer[Any]):
    places = PlaceSerializer(many=True)
