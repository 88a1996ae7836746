"""Celery messages to lot servers: sent after the commit, never awaited, never able to fail or delay who sends them.

Losing one is harmless: grants are pulled every half minute anyway, and an order that never arrives is marked failed.
"""

from __future__ import annotations

import logging
import socket
from functools import lru_cache
from typing import Any

from celery import Celery
from django.conf import settings
from django.db import transaction
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
TIMEOUT = 1.0
"""Seconds that a connection to the broker may take."""


def grants_changed(*, lot_code: str, revision: int) -> None:
    """Tell the lot that there is something to pull."""
    transaction.on_commit(lambda: _send(lot_code, "lot.grants_changed", [revision]), robust=True)


def look(*, lot_code: str) -> None:
    """Tell the lot to pull at once, though no grant has changed: a call was answered, its staff or epoch is another."""
    transaction.on_commit(lambda: _send(lot_code, "lot.look", []), robust=True)


def command(*, lot_code: str, envelope: dict[str, str]) -> None:
    """Send a signed order to the lot."""
    transaction.on_commit(lambda: _send(lot_code, "lot.command", [envelope]), robust=True)


@lru_cache(maxsize=1)
def _client(broker_url: str) -> Celery:
    """An app of its own: the platform's waits for its broker, this one does not."""
    app = Celery("berth-to-lots", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        task_serializer="json",
        broker_connection_timeout=TIMEOUT,
        broker_transport_options={
            "socket_timeout": TIMEOUT,
            "socket_connect_timeout": TIMEOUT,
            "max_retries": 0,
            "retry_on_timeout": False,
        },
    )
    return app


def _send(lot_code: str, task: str, arguments: list[Any]) -> None:
    try:
        _client(settings.CELERY_BROKER_URL).send_task(
            task, args=arguments, queue=queue_of(lot_code), retry=False, ignore_result=True
        )
    except (KombuError, RedisError, OSError, socket.timeout) as error:  # noqa: UP041 (what drivers raise on 3.11)
        log.warning("%s not sent to lot %s: %s", task, lot_code, error)


def queue_of(lot_code: str) -> str:
    """The queue that only this lot's server reads."""
    return f"lot.{lot_code}"
