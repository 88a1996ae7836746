"""Pages of owners. The public pages of lots and spots are trading's, which knows quotes."""

from __future__ import annotations

from django.urls import path

from lots.views import listing, listings, own_use, weeks

urlpatterns = [
    path("owner/listings/", listings.owner_listings, name="owner_listings"),
    path("owner/listings/new/", listings.owner_listing_new, name="owner_listing_new"),
    path("owner/listings/<int:listing_id>/", listing.owner_listing, name="owner_listing"),
    path("owner/listings/<int:listing_id>/week/", listing.owner_listing_week, name="owner_listing_week"),
    path("owner/listings/<int:listing_id>/schedule/", listing.owner_listing_schedule, name="owner_listing_schedule"),
    path(
        "owner/listings/<int:listing_id>/exceptions/", listing.owner_listing_exception, name="owner_listing_exception"
    ),
    path(
        "owner/listings/<int:listing_id>/exceptions/<int:exception_id>/remove/",
        listing.owner_listing_exception_remove,
        name="owner_listing_exception_remove",
    ),
    path("owner/listings/<int:listing_id>/price/", listing.owner_listing_price, name="owner_listing_price"),
    path("owner/listings/<int:listing_id>/rules/", listing.owner_listing_rules, name="owner_listing_rules"),
    path("owner/listings/<int:listing_id>/state/", listing.owner_listing_state, name="owner_listing_state"),
    path("owner/listings/calendar/", weeks.owner_calendar, name="owner_calendar"),
    path("owner/listings/calendar/<int:spot_id>/own-use/", own_use.owner_use, name="owner_use"),
    path("owner/listings/calendar/own-use/<uuid:occupancy_id>/end/", own_use.owner_use_end, name="owner_use_end"),
]
