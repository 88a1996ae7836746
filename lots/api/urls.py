"""The lots' part of the API."""

from __future__ import annotations

from django.urls import path

from lots.api import listings, public

urlpatterns = [
    path("lots/<slug:code>/", public.LotView.as_view(), name="api_lot"),
    path("lots/<slug:code>/availability", public.AvailabilityView.as_view(), name="api_lot_availability"),
    path("listings/", listings.OwnListingsView.as_view(), name="api_listings"),
    path("listings/<int:pk>/", listings.OwnListingView.as_view(), name="api_listing"),
    path("listings/<int:pk>/schedule", listings.ScheduleView.as_view(), name="api_listing_schedule"),
    path("listings/<int:pk>/publish", listings.PublishView.as_view(), name="api_listing_publish"),
    path("listings/<int:pk>/pause", listings.PauseView.as_view(), name="api_listing_pause"),
]
