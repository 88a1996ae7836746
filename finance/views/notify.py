"""The providers' door: what they tell us of payments."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from berth.problems import problem_response
from finance.domain.notifications import MAX_BODY, NotificationRejected, apply_notification


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
