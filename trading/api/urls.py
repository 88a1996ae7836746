from __future__ import annotations

from django.urls import path

from trading.api import bookings, public, search

urlpatterns = [
    path("search", search.SearchView.as_view(), name="api_search"),
    path("search/map", search.MapView.as_view(), name="api_search_map"),
    path("places", search.PlacesView.as_view(), name="api_places"),
    path("quotes", public.QuotesView.as_view(), name="api_quotes"),
    path("bookings", bookings.BookingsView.as_view(), name="api_bookings"),
    path("bookings/<uuid:booking_id>", bookings.BookingView.as_view(), name="api_booking"),
    path("bookings/<uuid:booking_id>/pay", bookings.PayView.as_view(), name="api_booking_pay"),
    path("bookings/<uuid:booking_id>/vehicle", bookings.BookingVehicleView.as_view(), name="api_booking_vehicle"),
    path("bookings/<uuid:booking_id>/cancel", bookings.CancelView.as_view(), name="api_booking_cancel"),
]
