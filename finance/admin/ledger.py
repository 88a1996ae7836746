"""The ledger in the back office: everything can be read and searched, nothing can be written."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from finance.admin.reading import ReadOnly, amount_text
from finance.models import Account, JournalEntry, Leg
from finance.queries import trial_balance


class LegInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Leg
    readonly_fields = ["account", "amount"]
    fields = tuple(readonly_fields)
    extra = 0

    @admin.display(description=_("amount (debit positive)"))
    def amount(self, leg: Leg) -> str:
        return amount_text(leg.amount_minor, leg.entry.currency)


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["posted_at", "kind", "reference", "amount", "memo"]
    list_filter = ["kind", "currency", "posted_at"]
    search_fields = ["reference", "memo", "subject_id__exact"]
    search_help_text = _("Reference, memo, or the whole id of a booking")
    date_hierarchy = "posted_at"
    inlines = [LegInline]
    change_list_template = "finance/admin/journal_entries.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("legs")

    @admin.display(description=_("amount"))
    def amount(self, entry: JournalEntry) -> str:
        debits = sum(leg.amount_minor for leg in entry.legs.all() if leg.amount_minor > 0)
        return amount_text(debits, entry.currency)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        balances = [(amount_text(total, currency), total == 0) for currency, total in trial_balance().items()]
        return super().changelist_view(request, {**(extra_context or {}), "trial_balance": balances})


@admin.register(Account)
class AccountAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["__str__", "kind", "currency", "balance", "by_legs"]
    list_filter = ["kind", "currency", "lot"]
    search_fields = ["member__display_name", "member__phone", "member__email", "lot__code", "lot__name_zh", "provider"]
    list_select_related = ["member", "lot"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(sum_of_legs=Sum("legs__amount_minor"))

    @admin.display(description=_("balance (debit positive)"), ordering="balance_minor")
    def balance(self, account: Account) -> str:
        return amount_text(account.balance_minor, account.currency)

    @admin.display(description=_("is the sum of its legs"), boolean=True)
    def by_legs(self, account: Any) -> bool:
        return bool(account.balance_minor == (account.sum_of_legs or 0))


@admin.register(Leg)
class LegAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["entry", "account", "amount", "posted_at"]
    list_filter = ["account__kind", "entry__kind", "entry__currency", "entry__posted_at"]
    search_fields = ["entry__reference", "entry__memo", "account__member__display_name"]
    list_select_related = ["entry", "account__member", "account__lot"]

    @admin.display(description=_("amount (debit positive)"), ordering="amount_minor")
    def amount(self, leg: Leg) -> str:
        return amount_text(leg.amount_minor, leg.entry.currency)

    @admin.display(description=_("posted"), ordering="entry__posted_at")
    def posted_at(self, leg: Leg) -> Any:
        return leg.entry.posted_at
