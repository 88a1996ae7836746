"""A real Valkey and the real live process under uvicorn."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
import requests
from django.conf import settings

ROOT = Path(__file__).parents[2]
DEADLINE = 20
"""Seconds after which something that should have come did not."""


@dataclass
class LiveProcess:
    url: str
    process: subprocess.Popen[bytes]

    def stream(self, token: str, **headers: str) -> requests.Response:
        return requests.get(
            f"{self.url}/live/", params={"token": token}, headers=headers, stream=True, timeout=DEADLINE
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(check: Callable[[], bool]) -> None:
    """Wait for an event that is asked for, not heard: each attempt is a request of its own."""
    from time import monotonic

    end = monotonic() + DEADLINE
    while not check():
        assert monotonic() < end, "it did not happen in time"


@pytest.fixture
def start_live() -> Iterator[Callable[..., LiveProcess]]:
    """Start live processes; ``start_live(redis_url=…, BERTH_LIVE_PING_SECONDS="1")``."""
    started: list[subprocess.Popen[bytes]] = []

    def start(redis_url: str = "", **environment: str) -> LiveProcess:
        port = free_port()
        values = {
            "REDIS_URL": redis_url or settings.REDIS_URL,
            "SECRET_KEY": settings.SECRET_KEY,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
            "BERTH_LIVE_PING_SECONDS": "15",
        }
        command = [sys.executable, "-m", "uvicorn", "berth.live.app:application", "--port", str(port)]
        process = subprocess.Popen([*command, "--log-level", "warning"], env={**os.environ, **values, **environment})
        started.append(process)
        live = LiveProcess(f"http://127.0.0.1:{port}", process)
        until(lambda: _answers(live))
        return live

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def live(start_live: Callable[..., LiveProcess]) -> LiveProcess:
    process = start_live()
    until(lambda: requests.get(f"{process.url}/healthz", timeout=DEADLINE).status_code == 200)
    return process


@pytest.fixture
def publish() -> Callable[[str], int]:
    """Publish as berth.kernel.live does; how many subscriptions heard it."""
    client = redis.Redis.from_url(settings.REDIS_URL)

    def tell(channel: str) -> int:
        return int(client.publish(f"berth.live.{channel}", "changed"))

    return tell


def _answers(live: LiveProcess) -> bool:
    assert live.process.poll() is None, "the live process has died"
    try:
        requests.get(f"{live.url}/healthz", timeout=DEADLINE)
    except requests.ConnectionError:
        return False
    return True
