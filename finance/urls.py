from __future__ import annotations

from django.urls import path

from finance import views

urlpatterns = [
    path("owner/earnings/", views.owner_earnings, name="owner_earnings"),
    path("payments/notify/<slug:provider>/", views.payment_notify, name="payment_notify"),
]
