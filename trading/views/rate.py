"""How often one address may ask for pages that search: the API's rate, counted apart."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from berth.kernel.errors import TooMany

View = Callable[..., HttpResponse]


class _PageRate(SimpleRateThrottle):
    scope = "search"

    def get_rate(self) -> str | None:
        return self.THROTTLE_RATES[self.scope]

    def get_cache_key(self, request: Request, view: Any) -> str:
        return f"throttle_search_page_{self.get_ident(request)}"


def search_rate(view: View) -> View:
    """Raises TooMany (429) beyond the rate."""

    @functools.wraps(view)
    def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not _PageRate().allow_request(cast("Request", request), cast("Any", None)):
            raise TooMany("throttled", _("So many searches at once. Wait a minute, then go on."))
        return view(request, *args, **kwargs)

    return counted
