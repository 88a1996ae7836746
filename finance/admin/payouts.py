"""Payouts in the back office: prepared, looked at, approved by somebody else. The verbs are the domain's."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from berth.kernel.errors import DomainError
from finance.admin.reading import ReadOnly, amount_text
from finance.domain import payout_runs
from finance.models import Payout, PayoutDestination, PayoutHold, PayoutRun, Reservation
from members.signed_in import member_of

_DECISIONS: dict[str, Callable[..., PayoutRun]] = {"approve": payout_runs.approve, "discard": payout_runs.discard}


class PayoutInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Payout
    readonly_fields = ["account", "destination", "amount", "state", "attempts", "reason", "finished_at"]
    fields = tuple(readonly_fields)
    extra = 0

    @admin.display(description=gettext_lazy("amount"))
    def amount(self, payout: Payout) -> str:
        return amount_text(payout.amount_minor, payout.account.currency)


@admin.register(PayoutRun)
class PayoutRunAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["prepared_at", "currency", "total", "payouts_in_it", "state", "prepared_by", "decided_by"]
    list_filter = ["state", "currency", "prepared_at"]
    date_hierarchy = "prepared_at"
    inlines = [PayoutInline]
    change_list_template = "finance/admin/payout_runs.html"
    change_form_template = "finance/admin/payout_run.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("prepare/", wrap(self.prepare), name="finance_payoutrun_prepare"),
            *(
                path(f"<uuid:run_id>/{verb}/", wrap(self.decide), {"decision": verb}, name=f"finance_payoutrun_{verb}")
                for verb in _DECISIONS
            ),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("payouts").select_related("prepared_by", "decided_by")

    def prepare(self, request: HttpRequest) -> HttpResponse:
        """One run for each currency in which somebody is owed money."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            by = member_of(request)
            runs = [payout_runs.prepare(currency=currency, by=by) for currency in payout_runs.currencies_owed()]
            if not any(runs):
                self.message_user(request, _("Nothing is due to be paid out."), messages.INFO)
        except DomainError as error:
            self.message_user(request, str(error.message), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:finance_payoutrun_changelist"))

    def decide(self, request: HttpRequest, run_id: uuid.UUID, decision: str) -> HttpResponse:
        """Approve or discard."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            run = _DECISIONS[decision](run_id=run_id, by=member_of(request))
            self.message_user(request, str(run.get_state_display()), messages.SUCCESS)
        except DomainError as error:
            self.message_user(request, str(error.message), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:finance_payoutrun_change", args=[run_id]))

    @admin.display(description=gettext_lazy("total"))
    def total(self, run: PayoutRun) -> str:
        return amount_text(sum(payout.amount_minor for payout in run.payouts.all()), run.currency)

    @admin.display(description=gettext_lazy("payouts"))
    def payouts_in_it(self, run: PayoutRun) -> int:
        return len(run.payouts.all())


@admin.register(Payout)
class PayoutAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["id", "account", "amount", "destination", "state", "attempts", "reason", "finished_at"]
    list_filter = ["state", "provider", "destination__channel"]
    search_fields = ["id__exact", "account__member__display_name", "account__member__phone"]
    list_select_related = ["account__member", "account__lot", "destination"]

    @admin.display(description=gettext_lazy("amount"), ordering="amount_minor")
    def amount(self, payout: Payout) -> str:
        return amount_text(payout.amount_minor, payout.account.currency)


@admin.register(PayoutDestination)
class PayoutDestinationAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["member", "channel", "holder", "number_end", "created_at", "retired_at"]
    list_filter = ["channel"]
    search_fields = ["member__display_name", "member__phone", "holder", "number_end"]
    exclude = ["number_sealed"]


@admin.register(Reservation)
class ReservationAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["made_at", "reference", "amount", "purpose", "state", "decided_at"]
    list_filter = ["state", "made_at"]
    search_fields = ["reference", "purpose", "subject_id__exact"]
    list_select_related = ["account"]

    @admin.display(description=gettext_lazy("amount"), ordering="amount_minor")
    def amount(self, kept: Reservation) -> str:
        return amount_text(kept.amount_minor, kept.account.currency)


@admin.register(PayoutHold)
class PayoutHoldAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["placed_at", "account", "amount", "reason", "lifted_at"]
    list_filter = ["lifted_at", "placed_at"]
    search_fields = ["subject_id__exact", "reason", "account__member__display_name"]
    list_select_related = ["account__member", "account__lot"]

    @admin.display(description=gettext_lazy("amount"), ordering="amount_minor")
    def amount(self, hold: PayoutHold) -> str:
        return amount_text(hold.amount_minor, hold.account.currency)
