"""Days compared with the providers, and the cases that came of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from berth.kernel.errors import DomainError
from finance.admin.reading import ReadOnly, amount_text
from finance.domain import reconciling
from finance.models import Difference, Reconciliation
from members.signed_in import member_of


class DifferenceInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Difference
    readonly_fields = ["kind", "reference", "theirs_minor", "ours_minor", "assignee", "note", "resolved_at"]
    fields = tuple(readonly_fields)
    extra = 0
    show_change_link = True


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["day", "provider", "sum_theirs", "sum_ours", "rows", "open_cases", "closed_at", "closed_by"]
    list_filter = ["provider", "closed_at"]
    date_hierarchy = "day"
    inlines = [DifferenceInline]
    actions = ["close_days"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("differences").select_related("closed_by")

    @admin.display(description=gettext_lazy("sums of the provider"))
    def sum_theirs(self, run: Reconciliation) -> str:
        return ", ".join(amount_text(minor, currency) for currency, minor in run.theirs.items())

    @admin.display(description=gettext_lazy("our sums"))
    def sum_ours(self, run: Reconciliation) -> str:
        return ", ".join(amount_text(minor, currency) for currency, minor in run.ours.items())

    @admin.display(description=gettext_lazy("open differences"))
    def open_cases(self, run: Reconciliation) -> int:
        return sum(1 for case in run.differences.all() if case.resolved_at is None)

    @admin.action(description=gettext_lazy("Close the chosen days"))
    def close_days(self, request: HttpRequest, chosen: QuerySet[Reconciliation]) -> None:
        try:
            for run in chosen:
                reconciling.close_day(reconciliation_id=run.pk, by=member_of(request))
        except DomainError as error:
            self.message_user(request, str(error.message), messages.ERROR)


@admin.register(Difference)
class DifferenceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A case is worked on by writing its note: that resolves it."""

    list_display = ["reconciliation", "kind", "reference", "theirs", "ours", "age", "assignee", "resolved_at"]
    list_filter = ["kind", ("resolved_at", admin.EmptyFieldListFilter), "assignee"]
    search_fields = ["reference", "note"]
    list_select_related = ["reconciliation", "assignee"]
    readonly_fields = [
        "reconciliation", "kind", "reference", "theirs", "ours", "found_at", "assignee", "resolved_at",
    ]  # fmt: skip
    fields = (*readonly_fields, "note")
    actions = ["take"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Difference | None = None) -> bool:
        return request.user.has_perm("finance.close_reconciliation") and (obj is None or obj.resolved_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Difference, form: Any, change: bool) -> None:
        try:
            reconciling.resolve(case_id=obj.pk, note=obj.note, by=member_of(request))
        except DomainError as error:
            self.message_user(request, str(error.message), messages.ERROR)

    @admin.action(description=gettext_lazy("Look after the chosen differences"))
    def take(self, request: HttpRequest, chosen: QuerySet[Difference]) -> None:
        me = member_of(request)
        for case in chosen.filter(resolved_at=None):
            reconciling.assign(case_id=case.pk, to=me, by=me)

    @admin.display(description=gettext_lazy("theirs"), ordering="theirs_minor")
    def theirs(self, case: Difference) -> str:
        return amount_text(case.theirs_minor, case.currency)

    @admin.display(description=gettext_lazy("ours"), ordering="ours_minor")
    def ours(self, case: Difference) -> str:
        return amount_text(case.ours_minor, case.currency)

    @admin.display(description=gettext_lazy("age in days"), ordering="found_at")
    def age(self, case: Difference) -> str:
        return _("%(days)s d") % {"days": ((case.resolved_at or timezone.now()) - case.found_at).days}
