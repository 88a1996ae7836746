"""Members in the back office. Passwords and permissions are for superusers; the outbox is read, not written."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.admin_login import AdminLoginForm
from members.domain.outbox import MAX_ATTEMPTS, send_again
from members.forms_admin import MemberForm, NewMemberForm, VehicleForm
from members.models import Member, OutboxMessage, Vehicle

admin.site.login_form = AdminLoginForm
POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class VehicleInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Vehicle
    fields = ["plate", "plate_kind", "nickname", "removed_at"]
    readonly_fields = ["plate", "plate_kind", "nickname", "removed_at"]
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Member)
class MemberAdmin(UserAdmin):  # type: ignore[type-arg]
    list_display = ["public_name", "phone", "email", "language", "is_active", "is_staff", "date_joined"]
    list_filter = ["is_active", "is_staff", "language", "date_joined"]
    search_fields = ["display_name", "phone", "email"]
    ordering = ["-date_joined"]
    date_hierarchy = "date_joined"
    form = MemberForm
    add_form = NewMemberForm
    inlines = [VehicleInline]
    fieldsets = [
        (None, {"fields": ["display_name", "language", "is_active"]}),
        (gettext_lazy("How we reach them"), {"fields": ["phone", "phone_verified", "email"]}),
        (gettext_lazy("Powers (superusers only)"), {"fields": POWERS}),
        (gettext_lazy("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["display_name", "phone", "email", "language"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Member | None = None) -> list[str]:
        """Only a superuser changes who may do what; otherwise staff could make themselves anything."""
        always = ["last_login", "date_joined"]
        return always if request.user.is_superuser else [*always, *POWERS]

    def has_change_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        """Back-office staff do not change superusers: a changed e-mail address would be a way in."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        """Members have bookings and money; they are closed (is_active), never deleted."""
        return False

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002  (Django calls it by name)
        form_url: str = "",
    ) -> HttpResponse:
        if not request.user.is_superuser:
            raise PermissionDenied
        response: HttpResponse = super().user_change_password(request, id, form_url)
        return response


@admin.register(Vehicle)
class VehicleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["__str__", "plate_kind", "member", "nickname", "created_at", "removed_at"]
    list_filter = ["plate_kind", "created_at"]
    search_fields = ["plate", "nickname", "member__display_name", "member__phone", "member__email"]
    list_select_related = ["member"]
    autocomplete_fields = ["member"]
    date_hierarchy = "created_at"
    form = VehicleForm
    fields = ["member", "plate", "plate_kind", "nickname", "removed_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Vehicle | None = None) -> bool:
        """Bookings name it; set when it was removed instead."""
        return False


@admin.register(OutboxMessage)
class OutboxMessageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["created_at", "channel", "recipient", "subject", "state", "attempts", "last_error"]
    list_filter = ["channel", ("sent_at", admin.EmptyFieldListFilter), "created_at"]
    search_fields = ["recipient", "subject"]
    date_hierarchy = "created_at"
    actions = ["try_again"]

    @admin.display(description=gettext_lazy("state"))
    def state(self, message: OutboxMessage) -> str:
        if message.sent_at:
            return _("sent")
        return _("given up") if message.attempts >= MAX_ATTEMPTS else _("waiting")

    @admin.action(description=gettext_lazy("Try again to send what was given up"))
    def try_again(self, request: HttpRequest, chosen: QuerySet[OutboxMessage]) -> None:
        for message in chosen.filter(sent_at=None):
            send_again(message_id=message.pk)
        messages.success(request, _("They are tried again now."))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutboxMessage | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutboxMessage | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: OutboxMessage | None = None) -> Any:
        """Without the text for all but superusers: it holds sign-in codes."""
        fields = [
            "channel",
            "recipient",
            "subject",
            "created_at",
            "sent_at",
            "attempts",
            "next_attempt_at",
            "last_error",
        ]
        return [*fields, "body"] if request.user.is_superuser else fields
