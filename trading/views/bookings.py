"""A renter's bookings: the list, the live page, and what one does there."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from berth.kernel import live
from berth.kernel.errors import DomainError
from hardware.domain import cards
from members.forms import show_refusal
from members.signed_in import member_of
from trading.domain import bookings
from trading.forms import VehicleForm
from trading.models import BookingState
from trading.queries.booking_page import booking_page
from trading.queries.my_bookings import my_bookings
from trading.queries.visible import own_booking
from trading.views.checkout import chosen_vehicle, to_cashier


@login_required
@require_safe
def booking_list(request: HttpRequest) -> HttpResponse:
    member = member_of(request)
    context = {"mine": my_bookings(member, request.GET.get("page", 1)), "token": live.token([f"member.{member.pk}"])}
    return render(request, "trading/booking_list.html", context)


@login_required
@require_safe
def booking(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    """The live page: one next step at a time."""
    shown = own_booking(member_of(request), booking_id)
    context = {"page": booking_page(shown), "booking": shown, "token": live.token([f"booking.{shown.pk}"])}
    return render(request, "trading/booking.html", context)


@login_required
@require_safe
def booking_now(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    """What changes on the live page."""
    shown = own_booking(member_of(request), booking_id)
    return render(request, "trading/booking_now.html", {"page": booking_page(shown), "booking": shown})


@login_required
@require_POST
def pay(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    """On to the cashier."""
    member = member_of(request)
    return to_cashier(request, own_booking(member, booking_id), member)


@login_required
@require_POST
def open_lock(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    """Phone as key: the lock of the own spot, while the booking lasts."""
    try:
        bookings.open_lock(booking_id=booking_id, renter=member_of(request))
        messages.success(request, _("The lock is told to open. Wait until it is down."))
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("booking", booking_id)


@login_required
@require_http_methods(["GET", "POST"])
def vehicle(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    """Which car comes."""
    member = member_of(request)
    shown = own_booking(member, booking_id)
    form = VehicleForm(request.POST if request.method == "POST" else None, member=member)
    if request.method == "POST" and form.is_valid():
        try:
            car = chosen_vehicle(form, member)
            if car is not None:
                bookings.set_vehicle(booking_id=shown.pk, renter=member, vehicle=car)
            messages.success(request, _("The gate now expects %(plate)s.") % {"plate": car})
            return redirect("booking", shown.pk)
        except DomainError as error:
            show_refusal(form, error)
    context = {"booking": shown, "form": form}
    return render(request, "trading/booking_vehicle.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def card_lost(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    """The renter has lost the card: it opens nothing from now on, the phone does."""
    shown = own_booking(member_of(request), booking_id)
    try:
        cards.report_lost_of(subject_id=shown.pk)
        messages.success(request, _("Your card opens nothing any more. At the exit, staff will let you out."))
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("booking", shown.pk)


@login_required
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    """Says what comes back before anything happens; the sum that was shown is the sum that comes back."""
    member = member_of(request)
    shown = own_booking(member, booking_id)
    if request.method == "POST":
        return _cancel(request, booking_id)
    terms = bookings.terms_of(shown) if bookings.may_cancel(shown) else None
    if terms is None and shown.state != BookingState.HELD:
        return redirect("booking", shown.pk)
    return render(request, "trading/booking_cancel.html", {"booking": shown, "terms": terms})


def _cancel(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    member = member_of(request)
    try:
        if own_booking(member, booking_id).state == BookingState.HELD:
            bookings.abandon_hold(booking_id=booking_id, renter=member)
            messages.success(request, _("The spot is let go. You have paid nothing."))
        else:
            shown = request.POST.get("refund_minor", "")
            expected = int(shown) if shown.isdecimal() and len(shown) < 16 else None
            bookings.cancel(booking_id=booking_id, renter=member, expected_refund_minor=expected)
            messages.success(request, _("Your booking is cancelled."))
    except DomainError as error:
        messages.error(request, str(error.message))
        if error.code == "terms_changed":
            return redirect("booking_cancel", booking_id)
    return redirect("booking", booking_id)


@login_required
@require_safe
def receipt(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    """Printable; there is one as soon as something was paid."""
    shown = own_booking(member_of(request), booking_id)
    page = booking_page(shown)
    if page.payment is None:
        raise Http404
    return render(request, "trading/receipt.html", {"page": page, "booking": shown})
