"""What the signed-in member earned."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from finance import earnings_words
from finance.queries import Step, earnings_of, settlements_of
from members.signed_in import member_of

SETTLEMENTS_A_PAGE = 20


@login_required
def owner_earnings(request: HttpRequest) -> HttpResponse:
    """What the signed-in member earned, and from which bookings."""
    member = member_of(request)
    step = Step.WEEK if request.GET.get("by") == Step.WEEK else Step.DAY
    page = Paginator(settlements_of(member), SETTLEMENTS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "earnings": [earnings_words.in_words(earned, step) for earned in earnings_of(member, step=step)],
        "steps": earnings_words.steps(step),
        "page": page,
        "settlements": [earnings_words.settlement(leg) for leg in page],
    }
    return render(request, "finance/owner_earnings.html", context)
