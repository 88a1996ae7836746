from __future__ import annotations

from django.urls import path

from finance import views

urlpatterns = [
    path("payments/notify/<slug:provider>/", views.payment_notify, name="payment_notify"),
]
