"""Whether this process can do its work: for balancers and supervisors."""

from __future__ import annotations

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

TIMEOUT = 1
"""Seconds for Valkey/Redis to answer."""


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 {"database": "ok", "valkey": "ok"}, or 503 with "down" for what does not answer. No details: it is public."""
    checks: dict[str, Callable[[], None]] = {"database": _database, "valkey": _valkey}
    found = {name: _try(check) for name, check in checks.items()}
    return JsonResponse(found, status=200 if set(found.values()) == {"ok"} else 503)


def _try(check: Callable[[], None]) -> str:
    try:
        check()
    except (DatabaseError, redis.RedisError):
        return "down"
    return "ok"


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _valkey() -> None:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT) as client:
        client.ping()
