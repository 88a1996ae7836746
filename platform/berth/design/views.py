"""Pages without a model: the component catalogue, the offline page and the errors."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from berth.design.samples import catalogue


def components(request: HttpRequest) -> HttpResponse:
    """Every token and component with its states."""
    return render(request, "pages/components.html", catalogue(request))


def offline(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/offline.html")


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "404.html", {"path": request.path}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without context processors: whatever has failed, this page must not need it."""
    return HttpResponse(render_to_string("500.html"), status=500)
