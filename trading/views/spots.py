"""A lot over a chosen time, and one of its spots."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from berth.kernel import live
from lots.models import Lot
from members.models import Member
from trading.forms import PeriodForm, with_defaults
from trading.queries import lot_page, offers
from trading.queries.ground import ground_at


@require_safe
def lot(request: HttpRequest, lot_code: str) -> HttpResponse:
    """Floor plan, free spots, gates and rules."""
    shown = lot_page.published_lot(lot_code)
    now = _now(request, shown)
    context = now | {
        "gates": now["now"].gates if "now" in now else shown.gates.order_by("direction", "code"),
        "announcements": lot_page.announcements_of(shown),
        "token": live.token([f"spots.{shown.code}"]),
        "map_data": _map(shown),
    }
    status = 200 if context["form"].is_valid() else 422
    return render(request, "trading/lot.html", context, status=status)


@require_safe
def lot_plan(request: HttpRequest, lot_code: str) -> HttpResponse:
    """The part of the lot's page that changes while one looks at it."""
    return render(request, "trading/lot_plan.html", _now(request, lot_page.published_lot(lot_code)))


@require_safe
def spot(request: HttpRequest, lot_code: str, spot_code: str) -> HttpResponse:
    """One spot: what it offers, when it is idle, what it costs for the chosen time."""
    shown = lot_page.published_lot(lot_code)
    form = PeriodForm(with_defaults(request.GET))
    viewer = request.user if isinstance(request.user, Member) else None
    if not form.is_valid():
        usual = PeriodForm(with_defaults(request.GET.__class__("")))
        assert usual.is_valid()  # noqa: S101  (the defaults are)
        page = lot_page.spot_page(shown, spot_code, usual.cleaned_data["start"], usual.cleaned_data["end"], viewer)
        return render(request, "trading/spot.html", {"lot": shown, "form": form, "page": page}, status=422)
    start, end = form.cleaned_data["start"], form.cleaned_data["end"]
    context = {
        "lot": shown,
        "form": form,
        "start": start,
        "end": end,
        "page": lot_page.spot_page(shown, spot_code, start, end, viewer),
        "checkout_url": offers.address("checkout", shown.code, spot_code, start=start, end=end),
        "lot_url": offers.address("lot", shown.code, start=start, end=end),
    }
    context["is_own"] = viewer is not None and context["page"].spot.owner_id == viewer.pk
    return render(request, "trading/spot.html", context)


def _now(request: HttpRequest, shown: Lot) -> dict[str, Any]:
    form = PeriodForm(with_defaults(request.GET))
    if not form.is_valid():
        return {"lot": shown, "form": form}
    start, end = form.cleaned_data["start"], form.cleaned_data["end"]
    return {
        "lot": shown,
        "form": form,
        "start": start,
        "end": end,
        "now": lot_page.lot_now(shown, start, end),
        "any_url": offers.address("checkout_any", shown.code, start=start, end=end),
        "plan_url": f"{reverse('lot_plan', args=[shown.code])}?{offers.period_query(start, end)}",
    }


def _map(shown: Lot) -> dict[str, Any]:
    """The lot in its surroundings."""
    pin = {"id": shown.code, "lat": shown.latitude, "lng": shown.longitude, "label": shown.name, "title": shown.name}
    ground = ground_at(shown.latitude, shown.longitude)
    return {"pins": [pin], "tiles": []} | ({"ground": ground} if ground else {})
