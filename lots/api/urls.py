"""The lots' part of the API."""

from __future__ import annotations

from django.urls import path

from lots.api import listings, public, schedule

urlpatterns = [
    path("lots/<slug:code>/", public.LotView.as_view(), name="api_lot"),
    path("lots/<slug:code>/availability", public.AvailabilityView.as_view(), name="api_lot_availability"),
    path("listings/", listings.OwnListingsView.as_view(), name="api_listings"),
    path("listings/<int:pk>/", listings.OwnListingView.as_view(), name="api_listing"),
    path("listings/<int:pk>/schedule", listings.ScheduleView.as_view(), name="api_listing_schedule"),
    path("listings/<int:pk>/publish", listings.PublishView.as_view(), name="api_listing_publish"),
    path("listings/<int:pk>/pause", listings.PauseView.as_view(), name="api_listing_pause"),
    path("listings/<int:pk>/rules", schedule.RulesView.as_view(), name="api_listing_rules"),
    path("listings/<int:pk>/exceptions", schedule.ExceptionsView.as_view(), name="api_listing_exceptions"),
    path(
        "listings/<int:pk>/exceptions/<int:exception_id>",
        schedule.ExceptionView.as_view(),
        name="api_listing_exception",
    ),
    path("listings/<int:pk>/own-use", schedule.OwnUseView.as_view(), name="api_own_use"),
    path("listings/<int:pk>/own-use/<uuid:occupancy_id>", schedule.OwnUseEndView.as_view(), name="api_own_use_end"),
    path(
        "lots/<slug:code>/spots/<str:spot_code>/maintenance",
        schedule.MaintenanceView.as_view(),
        name="api_maintenance",
    ),
    path(
        "lots/<slug:code>/spots/<str:spot_code>/maintenance/<uuid:occupancy_id>",
        schedule.MaintenanceEndView.as_view(),
        name="api_maintenance_end",
    ),
]
