from __future__ import annotations

from django.urls import path

from hardware.api.views import EventsView, GrantsView, PicturesView

urlpatterns = [
    path("lots/<slug:code>/grants", GrantsView.as_view(), name="lot_grants"),
    path("lots/<slug:code>/events", EventsView.as_view(), name="lot_events"),
    path("lots/<slug:code>/pictures", PicturesView.as_view(), name="lot_pictures"),
]
