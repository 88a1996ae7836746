"""Valkey goes away and comes back under open pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
import requests

from berth.kernel.live import token
from berth.services.credentials import load_or_create
from berth.services.valkey import Valkey
from tests.live.conftest import DEADLINE, LiveProcess, until
from tests.live.reading import events


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path, load_or_create(tmp_path), durable=False)
    server.start()
    yield server
    server.stop()


def health(live: LiveProcess) -> int:
    return requests.get(f"{live.url}/healthz", timeout=DEADLINE).status_code


def test_open_pages_look_again_once_valkey_is_back(start_live: Callable[..., LiveProcess], own_valkey: Valkey) -> None:
    live = start_live(redis_url=own_valkey.url)
    until(lambda: health(live) == 200)
    with live.stream(token(["lot.one"])) as response:
        heard = events(response)
        assert next(heard) == ("changed", "lot.one")
        own_valkey.stop()
        until(lambda: health(live) == 503)
        own_valkey.restart()
        assert next(heard) == ("changed", "lot.one")
        until(lambda: redis.Redis.from_url(own_valkey.url).publish("berth.live.lot.one", "changed") == 1)
        assert next(heard) == ("changed", "lot.one")


def test_process_starts_and_serves_without_valkey(start_live: Callable[..., LiveProcess], own_valkey: Valkey) -> None:
    own_valkey.stop()
    live = start_live(redis_url=own_valkey.url)
    assert health(live) == 503
    with live.stream(token(["lot.one"])) as response:
        assert next(events(response)) == ("changed", "lot.one")
        own_valkey.restart()
        until(lambda: health(live) == 200)
