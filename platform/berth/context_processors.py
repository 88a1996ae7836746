"""What every template may rely on."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEMES = ("auto", "light", "dark")


def site(request: HttpRequest) -> dict[str, Any]:
    """``theme`` (auto, light, dark: from its cookie), ``demo`` (bool), ``live_url`` (absolute or same-origin)."""
    theme = request.COOKIES.get("theme", "auto")
    return {
        "theme": theme if theme in THEMES else "auto",
        "demo": settings.DEMO,
        "live_url": live_url(request),
        "simulator": bool(settings.SIMULATOR_URL),
    }


def live_url(request: HttpRequest) -> str:
    """The live process's address as this browser reaches it: a leading port is joined to the request's host name."""
    url: str = settings.LIVE_URL
    if not url.startswith(":"):
        return url
    host = request.get_host().rsplit(":", 1)[0]
    return f"{request.scheme}://{host}{url}"
