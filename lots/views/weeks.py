"""The week that an owner looks at."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from berth.design.time_words import short_date
from lots.models import Spot
from lots.queries.owner import listings_of, monday_of, own_week
from members.signed_in import member_of

WEEKS_BACK, WEEKS_AHEAD = 8, 12


def asked_week(request: HttpRequest, today: date) -> date:
    """The Monday of ``?week=YYYY-MM-DD``, kept within reach; this week where it cannot be read."""
    this = monday_of(today)
    try:
        asked = monday_of(date.fromisoformat(request.GET.get("week", "")))
    except (ValueError, OverflowError):
        return this
    return min(max(asked, this - timedelta(weeks=WEEKS_BACK)), this + timedelta(weeks=WEEKS_AHEAD))


@never_cache
@login_required
@require_safe
def owner_calendar(request: HttpRequest) -> HttpResponse:
    """A week of all own spots, one under the other."""
    member = member_of(request)
    spots = list(Spot.objects.filter(owner=member).select_related("lot").order_by("lot__code", "code"))
    today = timezone.localdate()
    first = asked_week(request, today)
    listings = listings_of(spots)
    week = own_week(spots, first, member)
    context = {
        "rows": [(spot, listings.get(spot.pk), week[spot.pk]) for spot in spots],
        "first": first,
        "span": f"{short_date(first)} – {short_date(first + timedelta(days=6))}",
        "previous": first - timedelta(days=7),
        "next": first + timedelta(days=7),
        "week_url": reverse("owner_calendar"),
        "is_this_week": first == monday_of(today),
    }
    return render(request, "lots/owner_calendar.html", context)
