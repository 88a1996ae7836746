"""Pages of trading."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from trading.views import bookings, checkout, evidence, search, spots


class BayCode(StringConverter):
    """A bay code as it may stand in an address: what cannot be one is not found, and never reaches the database."""

    regex = r"[^/\x00-\x1f]{1,12}"


register_converter(BayCode, "bay")

urlpatterns = [
    path("", search.home, name="home"),
    path("search/", search.search, name="search"),
    path("lots/<slug:lot_code>/", spots.lot, name="lot"),
    path("lots/<slug:lot_code>/plan/", spots.lot_plan, name="lot_plan"),
    path("lots/<slug:lot_code>/spots/<bay:spot_code>/", spots.spot, name="spot"),
    path("checkout/<slug:lot_code>/", checkout.checkout_any, name="checkout_any"),
    path("checkout/<slug:lot_code>/<bay:spot_code>/", checkout.checkout, name="checkout"),
    path("bookings/", bookings.booking_list, name="booking_list"),
    path("bookings/<uuid:booking_id>/", bookings.booking, name="booking"),
    path("bookings/<uuid:booking_id>/now/", bookings.booking_now, name="booking_now"),
    path("bookings/<uuid:booking_id>/pay/", bookings.pay, name="booking_pay"),
    path("bookings/<uuid:booking_id>/open/", bookings.open_lock, name="booking_open"),
    path("bookings/<uuid:booking_id>/vehicle/", bookings.vehicle, name="booking_vehicle"),
    path("bookings/<uuid:booking_id>/card-lost/", bookings.card_lost, name="booking_card_lost"),
    path("bookings/<uuid:booking_id>/cancel/", bookings.cancel, name="booking_cancel"),
    path("bookings/<uuid:booking_id>/receipt/", bookings.receipt, name="receipt"),
    path("bookings/<uuid:booking_id>/evidence/", evidence.evidence, name="booking_evidence"),
]
