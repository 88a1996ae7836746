"""Home and search."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from berth.kernel.errors import InvalidInput
from berth.kernel.time_limits import SEARCH_MS, limited_to
from lots.models import Lot
from trading.forms import with_defaults
from trading.queries.filter_chips import chips, next_page
from trading.queries.search_page import Found, find, map_data, places_of
from trading.search_form import SearchForm
from trading.views.rate import search_rate

LOTS_AT_HOME = 6


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One box, and the lots that there are."""
    form = SearchForm(with_defaults(request.GET))
    lots = Lot.objects.filter(published=True).order_by("code")[:LOTS_AT_HOME]
    return render(request, "trading/home.html", {"form": form, "lots": lots})


@require_safe
@search_rate
@limited_to(SEARCH_MS)
def search(request: HttpRequest) -> HttpResponse:
    """Results for a place and a time; everything stands in the address."""
    form = SearchForm(with_defaults(request.GET))
    if not form.is_valid():
        return render(request, "trading/search.html", {"form": form}, status=422)
    asked = form.cleaned_data
    places = places_of(asked["q"].strip(), asked["lat"], asked["lng"])
    if not places:
        lots = Lot.objects.filter(published=True).order_by("code")[:LOTS_AT_HOME]
        return render(request, "trading/search.html", {"form": form, "unknown_place": asked["q"], "lots": lots})
    try:
        found = find(
            places[0],
            radius_m=asked["radius"],
            periods=asked["periods"],
            needs=form.needs,
            order=asked["order"],
            cursor=request.GET.get("cursor"),
        )
    except InvalidInput as error:  # the form has checked all but the cursor
        form.add_error(None, str(error.message))
        return render(request, "trading/search.html", {"form": form}, status=422)
    context = {"form": form, "found": found, "other_places": places[1:], **_shown(request, form, found)}
    if request.GET:  # somebody has asked for something: results first, the form one tap away
        context["asked"] = asked
    return render(request, "trading/search.html", context)


def _shown(request: HttpRequest, form: SearchForm, found: Found) -> dict[str, Any]:
    periods = form.cleaned_data["periods"]
    return {
        "map_data": map_data(found),
        "times": len(periods),
        "minutes": sum(int((end - start).total_seconds() // 60) for start, end in periods),
        "chips": chips(request.GET, form),
        "next_page": next_page(request.GET, form, found.next) if found.next else "",
        "is_later_page": "cursor" in request.GET,
    }
