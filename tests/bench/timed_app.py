"""The platform's own WSGI application, telling how much of a request was SQL (header Server-Timing)."""

from __future__ import annotations

from typing import Any

from django.db import connection

from berth.wsgi import application as platform
from tests.bench.questions import Clock


def application(environ: dict[str, Any], start_response: Any) -> Any:
    clock = Clock()

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        timing = ("Server-Timing", f"sql;dur={clock.milliseconds:.3f};desc={clock.statements}")
        return start_response(status, [*headers, timing], *rest)

    with connection.execute_wrapper(clock):
        return platform(environ, start)
