"""Trades in the back office: everything can be looked up, nothing can be edited, so no state can be skipped."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from berth.design.money_words import money_text
from berth.kernel.money import Money
from trading.domain.timeline import verify
from trading.models import Booking, Evidence, Stay


class ReadOnly:
    """Looking is all."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class EvidenceInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Evidence
    readonly_fields = ["position", "kind", "occurred_at", "recorded_at", "source", "payload", "digest"]
    fields = tuple(readonly_fields)
    ordering = ["position"]
    extra = 0


class StayInline(ReadOnly, admin.StackedInline):  # type: ignore[type-arg]
    model = Stay
    extra = 0


@admin.register(Booking)
class BookingAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["reference", "state", "lot", "spot", "renter", "plate", "start", "end", "price"]
    list_filter = ["state", "lot", ("start", admin.DateFieldListFilter)]
    search_fields = ["reference", "id", "vehicle__plate", "renter__phone", "renter__email", "spot__code"]
    search_help_text = _("Booking number, plate, phone number, e-mail address or bay code")
    list_select_related = ["lot", "spot__lot", "renter", "vehicle"]
    date_hierarchy = "start"
    ordering = ["-created_at"]
    inlines = [StayInline, EvidenceInline]
    exclude = ["quote_lines"]
    readonly_fields = ["price_lines", "chain", "page"]

    @admin.display(description=_("plate"), ordering="vehicle__plate")
    def plate(self, booking: Booking) -> str:
        return str(booking.vehicle or "–")

    @admin.display(description=_("price"), ordering="amount_minor")
    def price(self, booking: Booking) -> str:
        return money_text(Money(booking.amount_minor, booking.currency))

    @admin.display(description=_("price lines"))
    def price_lines(self, booking: Booking) -> str:
        return "\n".join(
            f"{line['text_zh']}: {money_text(Money(line['amount_minor'], booking.currency))}"
            for line in booking.quote_lines
        )

    @admin.display(description=_("timeline complete and unchanged"), boolean=True)
    def chain(self, booking: Booking) -> bool:
        return verify(booking)

    @admin.display(description=_("timeline page"))
    def page(self, booking: Booking) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("booking_evidence", args=[booking.pk]), booking.reference)


@admin.register(Stay)
class StayAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["booking", "plate_read", "entered_at", "unlocked_at", "left_at", "overstay_minutes"]
    list_filter = ["booking__lot", ("entered_at", admin.DateFieldListFilter), ("left_at", admin.EmptyFieldListFilter)]
    search_fields = ["booking__reference", "plate_read", "booking__renter__phone"]
    list_select_related = ["booking"]
    date_hierarchy = "entered_at"


@admin.register(Evidence)
class EvidenceAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["booking", "position", "kind", "occurred_at", "recorded_at", "source"]
    list_filter = ["kind", "booking__lot", ("occurred_at", admin.DateFieldListFilter)]
    search_fields = ["booking__reference", "booking__vehicle__plate", "booking__renter__phone", "source"]
    list_select_related = ["booking"]
    date_hierarchy = "occurred_at"
    ordering = ["-recorded_at", "-position"]
