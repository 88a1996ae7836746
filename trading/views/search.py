"""Home and search."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lots.models import Lot
from trading.forms import SearchForm, with_defaults
from trading.queries.search_page import find, map_data, place_of

LOTS_AT_HOME = 6


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One box, and the lots that there are."""
    form = SearchForm(with_defaults(request.GET))
    lots = Lot.objects.filter(published=True).order_by("code")[:LOTS_AT_HOME]
    return render(request, "trading/home.html", {"form": form, "lots": lots})


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Results for a place and a time; everything stands in the address."""
    form = SearchForm(with_defaults(request.GET))
    if not form.is_valid():
        return render(request, "trading/search.html", {"form": form}, status=422)
    asked = form.cleaned_data
    place = place_of(asked["q"].strip(), asked["lat"], asked["lng"])
    if place is None:
        lots = Lot.objects.filter(published=True).order_by("code")[:LOTS_AT_HOME]
        return render(request, "trading/search.html", {"form": form, "unknown_place": asked["q"], "lots": lots})
    found = find(
        place,
        radius_m=asked["radius"],
        start=asked["start"],
        end=asked["end"],
        features=form.features,
        order=asked["order"],
    )
    context = {"form": form, "found": found, "map_data": map_data(found), "minutes": _minutes(asked)}
    if request.GET:  # somebody has asked for something: results first, the form one tap away
        context["asked"] = asked
    return render(request, "trading/search.html", context)


def _minutes(asked: dict[str, Any]) -> int:
    return int((asked["end"] - asked["start"]).total_seconds() // 60)
