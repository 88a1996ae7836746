"""Pages without a model: the component catalogue, the offline page and the errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse

from berth.design.samples import catalogue
from berth.design.style_sheets import STYLE_SHEETS

WORKER = Path(__file__).resolve().parents[1] / "static" / "berth" / "js" / "service-worker.js"


def components(request: HttpRequest) -> HttpResponse:
    """Every token and component with its states."""
    return render(request, "pages/components.html", catalogue(request))


def offline(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/offline.html")


def service_worker(request: HttpRequest) -> HttpResponse:
    """The offline worker, at the root because a worker rules the paths below its own."""
    files = [static(name) for name in (*STYLE_SHEETS, "berth/js/page.js", "berth/js/theme.js")]
    head = f"const OFFLINE = {json.dumps(reverse('offline'))};\nconst FILES = {json.dumps(files)};\n"
    return HttpResponse(head + WORKER.read_text(encoding="utf-8"), content_type="text/javascript; charset=utf-8")


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "404.html", {"path": request.path}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without context processors: whatever has failed, this page must not need it."""
    return HttpResponse(render_to_string("500.html"), status=500)
