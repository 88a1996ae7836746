"""Thin doors: the providers' notifications and the owner's earnings."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from berth.problems import problem_response
from finance import earnings_words
from finance.domain.notifications import MAX_BODY, NotificationRejected, apply_notification
from finance.queries import Step, earnings_of, settlements_of
from members.signed_in import member_of

SETTLEMENTS_A_PAGE = 20


@csrf_exempt
@require_POST
def payment_notify(request: HttpRequest, provider: str) -> HttpResponse:
    """A provider tells us of a payment. Anything but 200 with this answer makes it tell us again."""
    body = request.read(MAX_BODY + 1)
    try:
        apply_notification(provider, request.headers, body)
    except NotificationRejected as rejection:
        return problem_response(rejection)
    return JsonResponse({"code": "SUCCESS"})


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
