"""Public pages of the news."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from marketing.queries import current_announcements

NEWS_A_PAGE = 20


@require_safe
def announcements(request: HttpRequest) -> HttpResponse:
    """Everything that is on now."""
    page = Paginator(current_announcements(), NEWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "marketing/announcements.html", {"page": page})


@require_safe
def announcement(request: HttpRequest, announcement_id: int) -> HttpResponse:
    """One of them; what is not on the site is not found."""
    shown = get_object_or_404(current_announcements(), pk=announcement_id)
    return render(request, "marketing/announcement.html", {"announcement": shown})
