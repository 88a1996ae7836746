"""A hold through HTTP, end to end, and where its time goes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest.mock import patch

import requests
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from berth.kernel import live
from berth.kernel.ids import uuid7
from members.models import Member
from tests.bench.booking_clients import Town, _tokens
from tests.bench.report import Row, percentile
from trading.api import bookings as api

PATH = reverse("api_bookings")
PATIENCE = 30
PER_MEMBER = 20
"""Requests by one member: below what the API allows a minute."""


def rows(town: Town, amount: int) -> list[Row]:
    """The p50 through gunicorn; prints what a request is made of."""
    tokens = _tokens(town, amount)
    members = [
        Member.objects.create(display_name=f"R{n}", email=f"r{n}@bench.example")
        for n in range(2 * (1 + amount // PER_MEMBER))
    ]
    with _gunicorn() as url:
        spent = [_post(url, members[n // PER_MEMBER], token) for n, token in enumerate(tokens)]
    _print_profile(town, members[len(members) // 2 :], amount)
    return [Row("booking.http.p50", percentile(spent[len(spent) // 10 :], 0.5), "ms")]


_sessions: dict[int, requests.Session] = {}


def _post(url: str, member: Member, token: str) -> float:
    if member.pk not in _sessions:
        client = Client()
        client.force_login(member)
        session = _sessions[member.pk] = requests.Session()
        session.cookies.set(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)
        session.cookies.set(settings.CSRF_COOKIE_NAME, "c" * 32)
        session.headers["X-CSRFToken"] = "c" * 32
        session.get(f"{url}/healthz", timeout=PATIENCE)
    begun = time.perf_counter()
    answer = _sessions[member.pk].post(url + PATH, json={"id": str(uuid7()), "quote": token}, timeout=PATIENCE)
    spent = (time.perf_counter() - begun) * 1000
    if answer.status_code != 201:
        raise RuntimeError(f"the hold was answered with {answer.status_code}: {answer.text[:300]}")
    return spent


@contextmanager
def _gunicorn() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "gunicorn", "berth.wsgi", "--bind", address, "--workers", "1", "--threads", "4"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(["platform", "."]), "SECRET_KEY": settings.SECRET_KEY}
    process = subprocess.Popen([*command, "--log-level", "error"], env=environment)
    try:
        _wait(f"http://{address}/healthz", process)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        with suppress(requests.ConnectionError):
            requests.get(url, timeout=PATIENCE)
            return
        time.sleep(0.05)
    raise RuntimeError("gunicorn did not start")


def _print_profile(town: Town, members: list[Member], amount: int) -> None:
    """The same request in this process, taken apart with clocks: each part's median."""
    parts: dict[str, list[float]] = {"request": [], "hold": [], "SQL": [], "publishing": []}
    client = Client()
    for number, token in enumerate(_tokens(town, amount)):
        if number % PER_MEMBER == 0:
            client.force_login(members[number // PER_MEMBER])
        spent = dict.fromkeys(parts, 0.0)
        with _clocks(spent), _clock(spent, "request"):
            client.post(PATH, {"id": str(uuid7()), "quote": token}, "application/json")
        for name, seconds in spent.items():
            parts[name].append(seconds * 1000)
    print("where the time of a hold through the API goes (medians, ms, in process):")
    for name, values in parts.items():
        print(f"  {name:<11}{percentile(values, 0.5):8.2f}")


@contextmanager
def _clocks(spent: dict[str, float]) -> Iterator[None]:
    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **options: Any) -> Any:
            with _clock(spent, name):
                return function(*args, **options)

        return run

    hold, send = api.bookings.hold, live._send
    with (
        patch.object(api.bookings, "hold", timed("hold", hold)),
        patch.object(live, "_send", timed("publishing", send)),
        connection.execute_wrapper(lambda execute, *rest: timed("SQL", execute)(*rest)),
    ):
        yield


@contextmanager
def _clock(spent: dict[str, float], name: str) -> Iterator[None]:
    begun = time.perf_counter()
    try:
        yield
    finally:
        spent[name] += time.perf_counter() - begun
