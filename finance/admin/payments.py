"""Payments, their notifications and refunds in the back office."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import DomainError
from finance.admin.reading import ReadOnly, amount_text
from finance.domain import refunds
from finance.models import Payment, PaymentNotification, Refund
from members.signed_in import member_of


class RefundInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Refund
    readonly_fields = ["reference", "amount_minor", "reason", "state", "attempts", "succeeded_at"]
    fields = tuple(readonly_fields)
    extra = 0
    show_change_link = True


class NotificationInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = PaymentNotification
    readonly_fields = ["received_at", "event_id", "outcome", "reason"]
    fields = tuple(readonly_fields)
    extra = 0
    show_change_link = True


@admin.register(Payment)
class PaymentAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["created_at", "title", "payer", "amount", "state", "provider", "provider_reference", "succeeded_at"]
    list_filter = ["state", "provider", "currency", "created_at"]
    search_fields = ["id__exact", "subject_id__exact", "provider_reference", "title", "payer__display_name"]
    list_select_related = ["payer"]
    date_hierarchy = "created_at"
    inlines = [RefundInline, NotificationInline]

    @admin.display(description=_("amount"), ordering="amount_minor")
    def amount(self, payment: Payment) -> str:
        return amount_text(payment.amount_minor, payment.currency)


@admin.register(PaymentNotification)
class PaymentNotificationAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["received_at", "provider", "event_id", "outcome", "reason", "payment"]
    list_filter = ["outcome", "provider", "reason", "received_at"]
    search_fields = ["event_id", "body", "payment__id__exact"]
    list_select_related = ["payment"]
    date_hierarchy = "received_at"


@admin.register(Refund)
class RefundAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["created_at", "reference", "amount", "reason", "state", "attempts", "refusal", "succeeded_at"]
    actions = ["send_again"]
    list_filter = ["state", "created_at"]
    search_fields = ["reference", "reason", "payment__id__exact", "payment__subject_id__exact"]
    list_select_related = ["payment"]
    date_hierarchy = "created_at"

    @admin.display(description=_("amount"), ordering="amount_minor")
    def amount(self, refund: Refund) -> str:
        return amount_text(refund.amount_minor, refund.payment.currency)

    @admin.action(description=_("Send the chosen refunds again"))
    def send_again(self, request: HttpRequest, chosen: QuerySet[Refund]) -> None:
        try:
            for refund in chosen:
                refunds.send_again(refund_id=refund.pk, by=member_of(request))
        except DomainError as error:
            self.message_user(request, str(error.message), messages.ERROR)
