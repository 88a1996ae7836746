"""The spot data module of the back office. States, schedules and occupancies change by the domain alone."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from lots.domain import idle_time
from lots.models import (
    CalendarDay,
    DutyShift,
    Feature,
    FloorPlan,
    Gate,
    IdleTime,
    Landmark,
    Listing,
    Lot,
    LotStaff,
    Occupancy,
    ScheduleException,
    Spot,
    WeeklyWindow,
)
from lots.models.spot import FEATURE_LABELS
from lots.tasks import follow_calendar


class ReadOnly:
    """Seen, searched and filtered, never changed."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class GateInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Gate
    extra = 0
    fields = ["code", "name_zh", "name_en", "direction", "camera", "barrier", "floor_plan", "x", "y"]
    fields += ["latitude", "longitude"]


class LotStaffInline(admin.TabularInline):  # type: ignore[type-arg]
    model = LotStaff
    extra = 0
    autocomplete_fields = ["member"]


@admin.register(Lot)
class LotAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["code", "name_zh", "name_en", "kind", "published", "manager", "timezone", "currency"]
    list_filter = ["kind", "published", "timezone", "currency"]
    search_fields = ["code", "name_zh", "name_en", "address_zh", "address_en"]
    autocomplete_fields = ["manager"]
    inlines = [GateInline, LotStaffInline]

    def save_model(self, request: HttpRequest, obj: Lot, form: Any, change: bool) -> None:
        """Another zone shifts every idle time of the lot, another calendar some of them."""
        super().save_model(request, obj, form, change)
        if change and {"timezone", "holiday_region"} & set(form.changed_data):
            idle_time.rebuild_many(IdleTime.objects.filter(lot=obj).values_list("spot_id", flat=True))


@admin.register(CalendarDay)
class CalendarDayAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Public holidays and made-up workdays; idle time of those who follow them is rebuilt after each change."""

    list_display = ["date", "kind", "name_zh", "name_en", "region", "source"]
    list_filter = ["region", "kind", "date"]
    search_fields = ["name_zh", "name_en", "source"]
    date_hierarchy = "date"

    def save_model(self, request: HttpRequest, obj: CalendarDay, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        _calendar_changed({obj.region, form.initial.get("region", obj.region)})

    def delete_model(self, request: HttpRequest, obj: CalendarDay) -> None:
        super().delete_model(request, obj)
        _calendar_changed({obj.region})

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[CalendarDay]) -> None:
        regions = set(queryset.values_list("region", flat=True))
        super().delete_queryset(request, queryset)
        _calendar_changed(regions)


def _calendar_changed(regions: set[str]) -> None:
    for region in sorted(regions):
        transaction.on_commit(partial(follow_calendar.apply_async, args=[region], retry=False), robust=True)


@admin.register(Landmark)
class LandmarkAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name_zh", "name_en", "kind", "pinyin", "published"]
    list_filter = ["kind", "published"]
    search_fields = ["name_zh", "name_en", "pinyin"]


@admin.register(FloorPlan)
class FloorPlanAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["lot", "level", "name_zh", "name_en", "width", "height"]
    list_filter = ["lot", "level"]
    search_fields = ["lot__code", "lot__name_zh", "name_zh", "name_en"]
    autocomplete_fields = ["lot"]


@admin.register(Gate)
class GateAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["lot", "code", "name_zh", "name_en", "direction", "camera", "barrier"]
    list_filter = ["direction", "camera", "barrier", "lot"]
    search_fields = ["code", "name_zh", "name_en", "lot__code", "lot__name_zh"]
    autocomplete_fields = ["lot", "floor_plan"]


class DutyShiftInline(admin.TabularInline):  # type: ignore[type-arg]
    model = DutyShift
    extra = 1


@admin.register(DutyShift)
class DutyShiftAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The roster: who is called when, and in which order."""

    list_display = ["staff", "weekday", "start", "end", "rank"]
    list_filter = ["staff__lot", "weekday"]
    search_fields = ["staff__member__display_name", "staff__lot__code"]
    autocomplete_fields = ["staff"]
    list_select_related = ["staff__lot", "staff__member"]


@admin.register(LotStaff)
class LotStaffAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    inlines = [DutyShiftInline]
    list_display = ["member", "lot", "role", "on_duty"]
    list_filter = ["role", "on_duty", "lot"]
    search_fields = ["member__display_name", "member__phone", "member__email", "lot__code", "lot__name_zh"]
    autocomplete_fields = ["lot", "member"]
    list_select_related = ["lot", "member"]


class SpotForm(forms.ModelForm):  # type: ignore[type-arg]
    """Feature bits as boxes; an owner is not exchanged under a listing."""

    features = forms.TypedMultipleChoiceField(
        label=_("features"),
        coerce=int,
        required=False,
        choices=[(int(bit), label) for bit, label in FEATURE_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Spot
        fields = [
            "lot", "code", "floor_plan", "owner", "features", "max_height_cm", "latitude", "longitude", "outline",
        ]  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.initial["features"] = [int(bit) for bit in Feature if self.instance.features & bit]

    def clean_features(self) -> int:
        return sum(self.cleaned_data["features"])

    def clean_owner(self) -> Any:
        owner = self.cleaned_data["owner"]
        if "owner" in self.changed_data and self.instance.pk and idle_time.current_listing(self.instance.pk):
            raise ValidationError(_("This spot is offered by its owner. They withdraw the listing first."))
        return owner

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        lot = cleaned.get("lot") or (self.instance.lot_id and self.instance.lot)
        plan = cleaned.get("floor_plan")
        if plan is not None and lot and plan.lot_id != lot.pk:
            self.add_error("floor_plan", _("This floor plan belongs to another lot."))
        return cleaned


@admin.register(Spot)
class SpotAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = SpotForm
    list_display = ["code", "lot", "floor_plan", "owner", "feature_names", "sick_since"]
    list_filter = ["lot", "floor_plan__level", ("sick_since", admin.EmptyFieldListFilter)]
    search_fields = ["code", "lot__code", "lot__name_zh", "lot__name_en", "owner__display_name", "owner__phone"]
    autocomplete_fields = ["lot", "owner", "floor_plan"]
    list_select_related = ["lot", "floor_plan__lot", "owner"]

    def get_readonly_fields(self, request: HttpRequest, obj: Spot | None = None) -> list[str]:
        """A spot does not move to another lot, and only its lock makes it sick."""
        return ["lot", "sick_since"] if obj else ["sick_since"]

    @admin.display(description=_("features"))
    def feature_names(self, spot: Spot) -> str:
        return " · ".join(spot.feature_labels)

    def save_model(self, request: HttpRequest, obj: Spot, form: Any, change: bool) -> None:
        """Features are copied into the search's row."""
        super().save_model(request, obj, form, change)
        if change and "features" in form.changed_data:
            with transaction.atomic():
                idle_time.rebuild(obj.pk)


class WeeklyWindowInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = WeeklyWindow
    extra = 0


class ScheduleExceptionInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = ScheduleException
    extra = 0


@admin.register(Listing)
class ListingAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["spot", "owner", "state", "hourly_price_minor", "day_cap_minor", "updated_at"]
    list_filter = ["state", "spot__lot", "created_at"]
    search_fields = [
        "spot__code",
        "spot__lot__code",
        "spot__lot__name_zh",
        "owner__display_name",
        "owner__phone",
        "note",
    ]
    date_hierarchy = "created_at"
    inlines = [WeeklyWindowInline, ScheduleExceptionInline]
    list_select_related = ["spot__lot", "owner"]


@admin.register(WeeklyWindow)
class WeeklyWindowAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["listing", "weekday", "start_minute", "end_minute"]
    list_filter = ["weekday", "listing__spot__lot"]
    search_fields = ["listing__spot__code", "listing__owner__display_name"]
    list_select_related = ["listing__spot__lot"]


@admin.register(ScheduleException)
class ScheduleExceptionAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["listing", "date", "kind", "start_minute", "end_minute", "reason"]
    list_filter = ["kind", "date", "listing__spot__lot"]
    search_fields = ["listing__spot__code", "listing__owner__display_name", "reason"]
    date_hierarchy = "date"
    list_select_related = ["listing__spot__lot"]


@admin.register(Occupancy)
class OccupancyAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["spot", "period", "kind", "state", "expires_at", "created_at", "released_at"]
    list_filter = ["kind", "state", "spot__lot", "created_at"]
    search_fields = ["id", "spot__code", "spot__lot__code", "spot__lot__name_zh"]
    date_hierarchy = "created_at"
    list_select_related = ["spot__lot"]


@admin.register(IdleTime)
class IdleTimeAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["spot", "listed", "price_minor", "horizon"]
    list_filter = ["listed", "lot"]
    search_fields = ["spot__code", "lot__code", "lot__name_zh"]
    fields = ["spot", "lot", "listing", "listed", "price_minor", "features", "horizon", "pieces"]
    readonly_fields = ["pieces"]
    list_select_related = ["spot__lot"]

    @admin.display(description=_("idle time"))
    def pieces(self, row: IdleTime) -> str:
        """What is stored, in the lot's zone."""
        zone = row.lot.zone
        stored = idle_time.stored(row.pk)
        return " · ".join(f"{a.astimezone(zone):%m-%d %H:%M} – {b.astimezone(zone):%m-%d %H:%M}" for a, b in stored)
