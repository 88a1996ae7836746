"""The last look before paying: price, car, terms, one button."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from berth.kernel.errors import Conflict, DomainError, InvalidInput
from berth.kernel.ids import uuid7
from berth.kernel.plates import normalise
from finance.domain.payments import ProviderAway
from lots.models import Spot
from members.domain.vehicles import add_vehicle
from members.forms import show_refusal
from members.models import Member, Vehicle
from members.signed_in import member_of
from trading.domain import bookings
from trading.domain.lot_quotes import make_lot_quote
from trading.domain.quotes import make_quote
from trading.forms import PeriodForm, VehicleForm, features_of, with_defaults
from trading.models import Booking
from trading.queries import lot_page, offers


@login_required
@require_http_methods(["GET", "POST"])
def checkout(request: HttpRequest, lot_code: str, spot_code: str) -> HttpResponse:
    """GET quotes; POST holds the spot, asks for the payment and goes to the cashier. A repeated POST is harmless."""
    lot = lot_page.published_lot(lot_code)
    spot = get_object_or_404(Spot.objects.select_related("lot", "floor_plan"), lot=lot, code=spot_code)
    member = member_of(request)
    return _checkout(
        request,
        {"spot": spot, "lot": spot.lot},
        quote=lambda period: make_quote(spot=spot, member=member, **period),
        page=reverse("spot", args=[lot_code, spot_code]),
    )


@login_required
@require_http_methods(["GET", "POST"])
def checkout_any(request: HttpRequest, lot_code: str) -> HttpResponse:
    """The same for any spot of the lot, with all of ``?feature=…`` where given. Which one is decided by the hold."""
    lot = lot_page.published_lot(lot_code)
    member, features = member_of(request), features_of(request.GET)
    return _checkout(
        request,
        {"lot": lot, "features": offers.feature_labels(features)},
        quote=lambda period: make_lot_quote(lot=lot, features=features, member=member, **period),
        page=reverse("lot", args=[lot_code]),
    )


def _checkout(
    request: HttpRequest, context: dict[str, Any], *, quote: Callable[[dict[str, datetime]], Any], page: str
) -> HttpResponse:
    """``page``: where the times can be mended."""
    member = member_of(request)
    period = PeriodForm(with_defaults(request.GET))
    if not period.is_valid():  # that page says what is wrong with the times
        return redirect(f"{page}?{request.GET.urlencode()}")
    context |= period.cleaned_data
    form = VehicleForm(request.POST if request.method == "POST" else None, member=member, may_wait=True)
    if request.method == "POST" and form.is_valid():
        try:
            return _book(request, form, member)
        except (Conflict, InvalidInput) as error:
            if error.code in ("taken", "not_offered", "own_spot"):
                return _gone(request, context, error)
            show_refusal(form, error)
    try:
        context["quote"] = quote(period.cleaned_data)
    except DomainError as error:
        return _gone(request, context, error)
    context |= {"form": form, "booking_id": uuid7()}
    return render(request, "trading/checkout.html", context, status=422 if form.errors else 200)


def _book(request: HttpRequest, form: VehicleForm, member: Member) -> HttpResponse:
    """Hold, then ask for the payment. The new plate is kept only if the spot is had."""
    with transaction.atomic():
        booking = bookings.hold(
            booking_id=_id_of(request.POST),
            renter=member,
            quote_token=request.POST.get("quote", ""),
            vehicle=chosen_vehicle(form, member),
        )
    return to_cashier(request, booking, member)


def chosen_vehicle(form: VehicleForm, member: Member) -> Vehicle | None:
    """The car of the list, or the new plate put on it; a plate that is on it already is that car."""
    if form.chosen is not None:
        return form.chosen
    plate = form.cleaned_data["plate"]
    if not plate:
        return None
    try:
        with transaction.atomic():
            return add_vehicle(member=member, plate=plate)
    except Conflict as error:
        if error.code != "vehicle_exists":
            raise
        return next(car for car in form.cars if car.plate == normalise(plate))


def to_cashier(request: HttpRequest, booking: Booking, member: Member) -> HttpResponse:
    """To the payment page; to the booking's page where there is nothing to pay (any more) or the provider is away."""
    try:
        return redirect(bookings.pay(booking_id=booking.pk, renter=member).pay_url)
    except ProviderAway as error:
        messages.warning(request, str(error.message))
    except Conflict as error:
        if error.code != "already_paid":
            messages.warning(request, str(error.message))
    return redirect("booking", booking.pk)


def _id_of(data: QueryDict) -> uuid.UUID:
    try:
        return uuid.UUID(data.get("booking_id", ""))
    except ValueError:
        return uuid7()


def _gone(request: HttpRequest, context: dict[str, Any], error: DomainError) -> HttpResponse:
    """Somebody was faster, or it is not offered: kind words and the way to the nearest free spots."""
    context["error"] = error
    context["search_url"] = _nearby(context)
    return render(request, "trading/checkout_gone.html", context, status=error.status)


def _nearby(context: dict[str, Any]) -> str:
    """The search around this lot for the same time."""
    lot = context["lot"]
    place = urlencode({"lat": lot.latitude, "lng": lot.longitude, "order": "distance"})
    return f"{reverse('search')}?{place}&{offers.period_query(context['start'], context['end'])}"
