"""Live updates: what changed is told on commit to whoever has a page open.

A message carries no data, only the channel's name: the page fetches the fragment again from the web process, with its
own permissions. So a lost or repeated message can never show anything wrong.

Channels: ``booking.<uuid>`` · ``lot.<code>`` (staff) · ``spots.<code>`` (public availability) · ``member.<id>``.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache

import redis
from django.conf import settings
from django.core import signing
from django.db import transaction

PREFIX = "berth.live."
TOKEN_SALT = "berth.live"
TOKEN_MAX_AGE = 24 * 3600
"""Seconds for which an open page may reconnect with the token it was rendered with."""

log = logging.getLogger(__name__)


def publish(*channels: str) -> None:
    """Tell open pages, after the current transaction commits, that these channels changed."""
    transaction.on_commit(lambda: _send(channels), robust=True)


def token(channels: Sequence[str]) -> str:
    """A signed permission to listen to ``channels``; the caller has checked that the member may."""
    return signing.dumps(sorted(channels), salt=TOKEN_SALT)


def channels_of(live_token: str) -> list[str]:
    """The channels that a token permits. Raises django.core.signing.BadSignature."""
    loaded: list[str] = signing.loads(live_token, salt=TOKEN_SALT, max_age=TOKEN_MAX_AGE)
    return loaded


@lru_cache(maxsize=1)
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def _send(channels: Sequence[str]) -> None:
    try:
        for channel in channels:
            _client().publish(PREFIX + channel, "changed")
    except redis.RedisError as error:  # Pages fall back to polling; the change itself is committed.
        log.warning("live updates not sent: %s", error)
