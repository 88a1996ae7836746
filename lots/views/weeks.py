"""The week that an owner looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from berth.design.time_words import short_date
from lots.forms.own_use import OwnUseForm
from lots.models import Listing, Occupancy, Spot
from lots.queries.owner import BarDay, listings_of, monday_of, own_uses, own_week
from members.signed_in import member_of

WEEKS_BACK, WEEKS_AHEAD = 8, 12


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A spot on the calendar."""

    spot: Spot
    listing: Listing | None
    days: list[BarDay]
    uses: list[Occupancy]
    form: OwnUseForm


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
    return calendar_page(request)


def calendar_page(request: HttpRequest, refused: OwnUseForm | None = None) -> HttpResponse:
    """The page; with one spot's form as it was sent and could not be saved (422)."""
    member = member_of(request)
    spots = list(Spot.objects.filter(owner=member).select_related("lot").order_by("lot__code", "code"))
    today = timezone.localdate()
    first = asked_week(request, today)
    listings, week, uses = listings_of(spots), own_week(spots, first, member), own_uses(spots)
    rows = [
        CalendarRow(
            spot=spot,
            listing=listings.get(spot.pk),
            days=week[spot.pk],
            uses=uses[spot.pk],
            form=refused if refused and refused.spot == spot else OwnUseForm(spot=spot),
        )
        for spot in spots
    ]
    context = {
        "rows": rows,
        "refused": refused,
        "first": first,
        "span": f"{short_date(first)} – {short_date(first + timedelta(days=6))}",
        "previous": first - timedelta(days=7),
        "next": first + timedelta(days=7),
        "week_url": reverse("owner_calendar"),
        "is_this_week": first == monday_of(today),
    }
    return render(request, "lots/owner_calendar.html", context, status=422 if refused else 200)
