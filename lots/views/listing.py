"""One listing of one's own: its week, exceptions, price and state. Another member's does not exist here (404)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from berth.design.time_words import day_words
from berth.kernel import live
from berth.kernel.errors import DomainError
from lots.domain import listings
from lots.domain.schedule import Window
from lots.forms.exception import ExceptionForm
from lots.forms.listing import PriceForm
from lots.forms.refusals import show_refusal
from lots.forms.rules import BookingRulesForm, rules_words
from lots.forms.week import WeekForm
from lots.models import Listing
from lots.queries.owner import monday_of, next_bookings, own_week
from lots.views.weeks import asked_week
from lots.week_words import span_words, week_rows
from members.signed_in import member_of

_CHANGES: dict[str, Callable[..., Listing]] = {
    "publish": listings.publish,
    "pause": listings.pause,
    "withdraw": listings.withdraw,
}


@never_cache
@login_required
@require_safe
def owner_listing(request: HttpRequest, listing_id: int) -> HttpResponse:
    return _page(request, _own(request, listing_id))


@never_cache
@login_required
@require_safe
def owner_listing_week(request: HttpRequest, listing_id: int) -> HttpResponse:
    """The part of the page that follows the spot while the page is open."""
    return render(request, "lots/listing_week.html", _week(request, _own(request, listing_id)))


@login_required
@require_POST
def owner_listing_schedule(request: HttpRequest, listing_id: int) -> HttpResponse:
    listing = _own(request, listing_id)
    week = WeekForm(request.POST)
    if week.is_valid():
        try:
            listings.set_schedule(listing=listing, windows=week.windows, by=member_of(request))
            messages.success(request, _("The week is saved."))
            return _back(listing, "times")
        except DomainError as error:
            show_refusal(error, week=week)
    return _page(request, listing, week=week)


@login_required
@require_POST
def owner_listing_exception(request: HttpRequest, listing_id: int) -> HttpResponse:
    listing = _own(request, listing_id)
    form = ExceptionForm(request.POST, today=_today(listing))
    if form.is_valid():
        try:
            listings.add_exception(listing=listing, by=member_of(request), **form.values)
            messages.success(request, _("The exception is saved."))
            return _back(listing, "exceptions")
        except DomainError as error:
            show_refusal(error, form)
    return _page(request, listing, exception_form=form)


@login_required
@require_POST
def owner_listing_exception_remove(request: HttpRequest, listing_id: int, exception_id: int) -> HttpResponse:
    listing = _own(request, listing_id)
    listings.remove_exception(listing=listing, exception_id=exception_id, by=member_of(request))
    messages.success(request, _("The exception is removed."))
    return _back(listing, "exceptions")


@login_required
@require_POST
def owner_listing_price(request: HttpRequest, listing_id: int) -> HttpResponse:
    listing = _own(request, listing_id)
    form = PriceForm.of(listing, request.POST)
    if form.is_valid():
        try:
            listings.set_price(listing=listing, by=member_of(request), **form.amounts)
            messages.success(request, _("The price is saved. It holds for bookings from now on."))
            return _back(listing, "price")
        except DomainError as error:
            show_refusal(error, form)
    return _page(request, listing, price_form=form)


@login_required
@require_POST
def owner_listing_rules(request: HttpRequest, listing_id: int) -> HttpResponse:
    listing = _own(request, listing_id)
    form = BookingRulesForm(request.POST, listing=listing)
    if form.is_valid():
        try:
            listings.set_booking_rules(listing=listing, rules=form.rules, by=member_of(request))
            messages.success(request, _("The rules are saved. They hold for bookings from now on."))
            return _back(listing, "rules")
        except DomainError as error:
            show_refusal(error, form)
    return _page(request, listing, rules_form=form)


@login_required
@require_POST
def owner_listing_state(request: HttpRequest, listing_id: int) -> HttpResponse:
    """``change``: publish, pause or withdraw."""
    listing = _own(request, listing_id)
    change = _CHANGES.get(request.POST.get("change", ""))
    if change is None:
        raise Http404
    try:
        changed = change(listing=listing, by=member_of(request))
    except DomainError as error:
        messages.error(request, str(error.message))
        return _back(listing)
    said = {
        Listing.State.PUBLISHED: _("Published."),
        Listing.State.PAUSED: _("Paused. Bookings already made stay."),
        Listing.State.WITHDRAWN: _("Withdrawn. Bookings already made stay."),
    }
    messages.success(request, said[Listing.State(changed.state)])
    return redirect("owner_listings") if changed.state == Listing.State.WITHDRAWN else _back(listing)


def _own(request: HttpRequest, listing_id: int) -> Listing:
    listings_shown = Listing.objects.select_related("spot__lot").exclude(state=Listing.State.WITHDRAWN)
    return get_object_or_404(listings_shown, pk=listing_id, owner=member_of(request))


def _page(
    request: HttpRequest,
    listing: Listing,
    *,
    week: WeekForm | None = None,
    exception_form: ExceptionForm | None = None,
    price_form: PriceForm | None = None,
    rules_form: BookingRulesForm | None = None,
) -> HttpResponse:
    """The page; with one of the forms as it was sent and could not be saved (422)."""
    spot, today = listing.spot, _today(listing)
    windows = [Window(w.weekday, w.start_minute, w.end_minute) for w in listing.windows.all()]
    exceptions = listing.exceptions.filter(date__gte=today)
    context: dict[str, Any] = {
        **_week(request, listing),
        "spot": spot,
        "rows": week_rows(windows),
        "live_token": live.token([f"spots.{spot.lot.code}"]),
        "exceptions": [
            (one, day_words(one.date, today), span_words(one.start_minute, one.end_minute)) for one in exceptions
        ],
        "week": week or WeekForm(windows=windows),
        "week_open": week is not None or not windows,
        "exception_form": exception_form or ExceptionForm(today=today),
        "exception_open": exception_form is not None,
        "price_form": price_form or PriceForm.of(listing),
        "price_open": price_form is not None,
        "rules": rules_words(listing),
        "rules_form": rules_form or BookingRulesForm(listing=listing),
        "rules_open": rules_form is not None,
        "site_url": reverse("spot", args=[spot.lot.code, spot.code]),
    }
    refused = week or exception_form or price_form or rules_form
    return render(request, "lots/owner_listing.html", context, status=422 if refused else 200)


def _week(request: HttpRequest, listing: Listing) -> dict[str, Any]:
    """What moves by itself: the week's bars and the next bookings."""
    spot, today = listing.spot, _today(listing)
    first = asked_week(request, today)
    return {
        "listing": listing,
        "lot": spot.lot,
        "days": own_week([spot], first, member_of(request))[spot.pk],
        "bookings": next_bookings([spot], limit=8)[spot.pk],
        "first": first,
        "previous": first - timedelta(days=7) if first > monday_of(today) else None,
        "next": first + timedelta(days=7),
        "week_url": reverse("owner_listing", args=[listing.pk]),
    }


def _today(listing: Listing) -> date:
    return timezone.now().astimezone(listing.spot.lot.zone).date()


def _back(listing: Listing, part: str = "") -> HttpResponse:
    return redirect(reverse("owner_listing", args=[listing.pk]) + (f"#{part}" if part else ""))
