"""The desk of a lot: everything at a glance, each part refreshed by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from berth.kernel import live
from hardware.models import EmergencyCall
from lots.models import Gate, Lot
from members.signed_in import member_of
from operations.access import lots_of, staffed_lot
from operations.queries import bays, calls, cars, devices, feed

Context = dict[str, Any]


@never_cache
@login_required
@require_safe
def staff(request: HttpRequest) -> HttpResponse:
    """The lots of this member; with only one, its desk at once."""
    lots = list(lots_of(member_of(request)).order_by("code"))
    if len(lots) == 1:
        return redirect("dashboard", lots[0].code)
    waiting = EmergencyCall.objects.filter(lot__in=lots, state=EmergencyCall.State.RAISED)
    calling = set(waiting.values_list("lot_id", flat=True))
    return render(request, "operations/staff.html", {"lots": [(lot, lot.pk in calling) for lot in lots]})


@never_cache
@login_required
@require_safe
def dashboard(request: HttpRequest, code: str) -> HttpResponse:
    lot = staffed_lot(request, code)
    context: Context = {"lot": lot, "token": live.token([f"lot.{lot.code}"])}
    for part in PARTS.values():
        context |= part(request, lot)
    return render(request, "operations/dashboard.html", context)


@never_cache
@login_required
@require_safe
def dashboard_part(request: HttpRequest, code: str, part: str) -> HttpResponse:
    """One part of the desk, for refreshing."""
    lot = staffed_lot(request, code)
    if part not in PARTS:
        raise Http404
    return render(request, f"operations/parts/{part}.html", {"lot": lot, **PARTS[part](request, lot)})


def _calls(request: HttpRequest, lot: Lot) -> Context:
    return {"calls": calls.open_calls(lot)}


def _plan(request: HttpRequest, lot: Lot) -> Context:
    now = bays.bays_now(lot)
    order = ("free", "reserved", "taken", "open", "fault")
    counts = {state: sum(bay.state == state for bay in now) for state in order}
    return {"bays": now, "plans": bays.plans_of(lot, now), "counts": counts}


def _cars(request: HttpRequest, lot: Lot) -> Context:
    return {"unmatched": cars.unmatched(lot), "expected": cars.expected(lot), "inside": cars.inside(lot)}


def _devices(request: HttpRequest, lot: Lot) -> Context:
    server, controllers = devices.devices_of(lot)
    return {"server": server, "controllers": controllers, "gates": Gate.objects.filter(lot=lot).select_related("state")}


def _feed(request: HttpRequest, lot: Lot) -> Context:
    group = feed.group_of(request.GET.get("show", ""))
    return {"feed": feed.feed(lot, group), "group": group, "groups": feed.GROUPS}


PARTS: dict[str, Callable[[HttpRequest, Lot], Context]] = {
    "calls": _calls,
    "plan": _plan,
    "cars": _cars,
    "devices": _devices,
    "feed": _feed,
}
"""Part → what its template operations/parts/<part>.html needs."""
