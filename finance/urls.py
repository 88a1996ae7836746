from __future__ import annotations

from django.urls import path

from finance.views import earnings, notify, payouts, statements

urlpatterns = [
    path("owner/earnings/", earnings.owner_earnings, name="owner_earnings"),
    path("owner/payouts/", payouts.payouts, name="payouts"),
    path("owner/payouts/destination/", payouts.payout_destination, name="payout_destination"),
    path("owner/statements/<int:account_id>.<slug:form>", statements.statement, name="statement"),
    path("payments/notify/<slug:provider>/", notify.payment_notify, name="payment_notify"),
]
