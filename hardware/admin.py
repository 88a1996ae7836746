"""Hardware in the back office: devices are set up here; twins, grants and events are read, never written."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from berth.kernel.errors import DomainError
from hardware.domain import cards, emergencies, epochs
from hardware.models import (
    AccessCard,
    CallStep,
    Controller,
    EmergencyCall,
    EpochRaise,
    GatePicture,
    GateState,
    Grant,
    LockCommand,
    LotEvent,
    LotServer,
    SpotLock,
)
from members.models import Member


class Evidence(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shown, searched and filtered; never added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Device(admin.ModelAdmin):  # type: ignore[type-arg]
    """What is installed is set here; what the device says of itself is only shown."""

    twin: tuple[str, ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.twin


class SpotLockInline(admin.TabularInline):  # type: ignore[type-arg]
    model = SpotLock
    fields = ["spot", "unit", "commanded", "acknowledged", "vehicle_present", "battery_low"]
    readonly_fields = ["spot", "unit", "commanded", "acknowledged", "vehicle_present", "battery_low"]
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReasonForm(ActionForm):
    """An action that somebody has to answer for."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=epochs.REASON_LENGTH, required=False)


@admin.register(LotServer)
class LotServerAdmin(Evidence):
    list_display = [
        "lot",
        "last_seen_at",
        "version",
        "grants_revision",
        "acknowledged_revision",
        "last_sequence",
        "epoch",
        "restored_at",
        "booth_url",
    ]
    search_fields = ["lot__code", "lot__name_zh", "lot__name_en"]
    list_filter = ["last_seen_at", "restored_at"]
    list_select_related = ["lot"]
    action_form = ReasonForm
    actions = ["begin_anew"]

    def has_epoch_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("hardware.change_lotserver")

    @admin.action(
        description=gettext_lazy("Restored from a backup: let these lots begin anew with our grants"),
        permissions=["epoch"],
    )
    def begin_anew(self, request: HttpRequest, chosen: QuerySet[LotServer]) -> None:
        """One domain call each; what is refused is said."""
        if not isinstance(request.user, Member):
            return
        for server in chosen.select_related("lot"):
            try:
                raised = epochs.raise_epoch(lot=server.lot, by=request.user, reason=request.POST.get("reason", ""))
                self.log_change(request, server, f"epoch {raised.epoch}: {raised.reason}")
            except DomainError as refusal:
                messages.error(request, f"{server}: {refusal.message}")
            else:
                messages.success(request, _("%(lot)s begins anew.") % {"lot": server})


@admin.register(EpochRaise)
class EpochRaiseAdmin(Evidence):
    list_display = ["raised_at", "server", "epoch", "raised_by", "reason"]
    list_filter = ["server", "raised_at"]
    search_fields = ["server__lot__code", "reason", "raised_by__display_name"]
    list_select_related = ["server__lot", "raised_by"]


@admin.register(Controller)
class ControllerAdmin(Device):
    list_display = ["code", "lot", "label_zh", "line", "address", "online", "state_reason", "state_at"]
    list_filter = ["lot", "online", "line"]
    search_fields = ["code", "label_zh", "label_en", "lot__code"]
    list_select_related = ["lot"]
    raw_id_fields = ["lot", "floor_plan"]
    inlines = [SpotLockInline]
    twin = ("online", "state_reason", "state_at")


@admin.register(SpotLock)
class SpotLockAdmin(Device):
    list_display = [
        "spot",
        "controller",
        "unit",
        "commanded",
        "acknowledged",
        "vehicle_present",
        "battery_low",
        "state_at",
    ]
    list_filter = ["acknowledged", "battery_low", "vehicle_present", "controller__lot"]
    search_fields = ["spot__code", "controller__code", "spot__lot__code"]
    list_select_related = ["spot__lot", "controller__lot"]
    raw_id_fields = ["spot", "controller"]
    twin = ("commanded", "acknowledged", "vehicle_present", "battery_low", "state_at")


@admin.register(AccessCard)
class AccessCardAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["chip_uid", "lot", "state", "issue_number", "grant", "state_at"]
    list_filter = ["lot", "state"]
    search_fields = ["chip_uid", "lot__code", "grant__plates"]
    list_select_related = ["lot", "grant__spot__lot"]
    fields = ["lot", "chip_uid", "state", "issue_number", "grant", "state_at"]
    actions = ["report_lost"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Cards come in by the gate: the first issue makes them known."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AccessCard | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AccessCard | None = None) -> bool:
        return False

    def has_report_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("hardware.change_accesscard")

    @admin.action(description=gettext_lazy("Report as lost"), permissions=["report"])
    def report_lost(self, request: HttpRequest, chosen: QuerySet[AccessCard]) -> None:
        for card in chosen:
            cards.report_lost(card=card)
        messages.success(request, _("They are on record as lost."))


@admin.register(Grant)
class GrantAdmin(Evidence):
    list_display = ["spot", "plates", "member", "state", "valid_from", "valid_until", "revision"]
    list_filter = ["lot", "state", "valid_from"]
    search_fields = ["plates", "spot__code", "lot__code", "member__display_name", "subject_id"]
    list_select_related = ["spot__lot", "member"]
    date_hierarchy = "valid_from"


@admin.register(LotEvent)
class LotEventAdmin(Evidence):
    list_display = ["occurred_at", "lot", "sequence", "kind", "grant", "payload"]
    list_filter = ["lot", "kind", "occurred_at"]
    search_fields = ["lot__code", "kind", "grant__plates", "grant__subject_id", "payload"]
    list_select_related = ["lot", "grant__spot__lot"]
    date_hierarchy = "occurred_at"


@admin.register(LockCommand)
class LockCommandAdmin(Evidence):
    list_display = [
        "requested_at",
        "lot",
        "kind",
        "spot",
        "gate_code",
        "requested_by",
        "reason",
        "state",
        "result_text",
    ]
    list_filter = ["lot", "kind", "state", "requested_at"]
    search_fields = ["spot__code", "gate_code", "reason", "requested_by__display_name"]
    list_select_related = ["lot", "spot__lot", "requested_by"]
    date_hierarchy = "requested_at"


class CallStepInline(admin.TabularInline):  # type: ignore[type-arg]
    model = CallStep
    fields = ["at", "kind", "person", "at_booth", "note"]
    readonly_fields = ["at", "kind", "person", "at_booth", "note"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(CallStep)
class CallStepAdmin(Evidence):
    list_display = ["at", "call", "kind", "person", "at_booth", "note"]
    list_filter = ["call__lot", "kind", "at_booth", "at"]
    search_fields = ["call__lot__code", "person__display_name", "note"]
    list_select_related = ["call__lot", "person"]


@admin.register(EmergencyCall)
class EmergencyCallAdmin(Evidence):
    list_display = [
        "raised_at",
        "lot",
        "reason",
        "controller",
        "spot",
        "state",
        "acknowledged_by",
        "escalated_at",
        "resolved_at",
    ]
    list_filter = ["lot", "state", "reason", "raised_at"]
    search_fields = ["lot__code", "controller__code", "spot__code", "note"]
    list_select_related = ["lot", "controller__lot", "spot__lot", "acknowledged_by"]
    date_hierarchy = "raised_at"
    inlines = [CallStepInline]
    actions = ["take", "resolve"]

    def has_answer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("hardware.change_emergencycall")

    @admin.action(description=gettext_lazy("Take these calls"), permissions=["answer"])
    def take(self, request: HttpRequest, chosen: QuerySet[EmergencyCall]) -> None:
        self._each(request, chosen, take=True)

    @admin.action(description=gettext_lazy("Mark as resolved"), permissions=["answer"])
    def resolve(self, request: HttpRequest, chosen: QuerySet[EmergencyCall]) -> None:
        self._each(request, chosen, take=False)

    def _each(self, request: HttpRequest, chosen: QuerySet[EmergencyCall], *, take: bool) -> None:
        """One domain call each; what is refused is said."""
        if not isinstance(request.user, Member):
            return
        for call in chosen:
            try:
                if take:
                    emergencies.acknowledge(call=call, by=request.user)
                else:
                    emergencies.resolve(call=call, by=request.user)
            except DomainError as refusal:
                messages.error(request, f"{call}: {refusal.message}")


@admin.register(GateState)
class GateStateAdmin(Evidence):
    list_display = ["gate", "stock", "bin_full", "state_at", "plate", "plate_at"]
    list_filter = ["stock", "bin_full", "gate__lot"]
    search_fields = ["gate__lot__code", "gate__code"]
    list_select_related = ["gate__lot"]


@admin.register(GatePicture)
class GatePictureAdmin(Evidence):
    """That there is one; the picture itself is shown at the desk of its lot alone."""

    list_display = ["gate", "plate", "taken_at", "received_at"]
    list_filter = ["gate__lot", "taken_at"]
    search_fields = ["plate", "gate__lot__code", "gate__code"]
    list_select_related = ["gate__lot"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[GatePicture]:
        return super().get_queryset(request).defer("jpeg")
