"""Pytest plugin: PostgreSQL and Valkey under every test run, with nothing to install or start by hand.

Loaded with `-p` in pyproject.toml and acting in a hook wrapper, because pytest-django reads the settings (which read
DATABASE_URL) before any conftest. The first process (xdist's controller) starts PostgreSQL; every worker gets its own
test database there from pytest-django, and its own Valkey: a database index would not separate publish/subscribe.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from berth.kernel.signatures import new_private_key
from berth.services import EmbeddedServices
from berth.services.embedded import remove

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
GIVEN_REDIS = "BERTH_TEST_GIVEN_REDIS"
INERT_OPTIONS = {"-h", "--help", "-V", "--version", "--markers", "--fixtures", "--co", "--collect-only"}

_running: list[EmbeddedServices] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> Iterator[None]:
    """Before the settings are read."""
    os.environ.setdefault("BERTH_DEMO", "1")
    os.environ.setdefault("BERTH_GRANT_SIGNING_KEY", new_private_key())  # orders are signed, or not sent
    if IS_WORKER:
        _own_valkey()
    elif not INERT_OPTIONS & set(args):
        _start()
    try:
        yield
    except BaseException:  # settings or an app cannot be read: there will be no unconfigure
        pytest_unconfigure()
        raise


def pytest_unconfigure() -> None:
    """After the last test of this process."""
    while _running:
        services = _running.pop()
        services.stop()
        remove(services.directory)


def _start() -> None:
    if os.environ.get("REDIS_URL"):
        os.environ[GIVEN_REDIS] = "1"
    services = EmbeddedServices(Path(tempfile.mkdtemp(prefix="berth-test-")), durable=False)
    services.start()
    _running.append(services)
    (services.directory / "static").mkdir()
    os.environ.update(services.environment, STATIC_ROOT=str(services.directory / "static"))


def _own_valkey() -> None:
    """A Valkey for this worker; of a server that was given from outside, a database index."""
    number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
    if GIVEN_REDIS in os.environ:
        base = os.environ["REDIS_URL"].rsplit("/", 1)[0]
        os.environ["REDIS_URL"] = f"{base}/{1 + number % 15}"
        return
    del os.environ["REDIS_URL"]
    _start()
