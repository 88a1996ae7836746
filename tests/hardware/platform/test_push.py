"""Messages really reach the queue that the lot server reads."""

from __future__ import annotations

import base64
import json
import uuid

import pytest
import redis

from hardware.domain import push


@pytest.fixture
def queue(settings, db):
    """The broker's own view of a lot's queue."""
    code = f"lot-{uuid.uuid4().hex[:8]}"
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    yield code, client
    client.delete(push.queue_of(code))
    client.close()


def test_a_push_lands_in_the_lots_queue(queue, django_capture_on_commit_callbacks):
    code, client = queue
    with django_capture_on_commit_callbacks(execute=True):
        push.grants_changed(lot_code=code, revision=7)
    (raw,) = client.lrange(f"lot.{code}", 0, -1)
    message = json.loads(raw)
    arguments = json.loads(base64.b64decode(message["body"]))[0]
    assert (message["headers"]["task"], arguments) == ("lot.grants_changed", [7])
