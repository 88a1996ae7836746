"""Fixtures that every part of the suite may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from hypothesis import settings as hypothesis_settings

from berth.demo import DemoStack
from scripts.browser import ensure

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
"""Playwright keeps an event loop in the worker's main thread, next to which other tests use the database."""

hypothesis_settings.register_profile("berth", deadline=None)  # no test fails for the machine being slow
hypothesis_settings.load_profile("berth")


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Throttles, rate limits and cached reads of one test are not seen by the next."""
    cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Append-only tables refuse TRUNCATE, with which transactional tests clean up: off in the test database alone."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgtype & 32 <> 0 AND NOT tgisinternal")
        for table, trigger in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoStack]:
    """The whole platform with its simulated lots, seeded: real processes with servers of their own."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("DATABASE_URL", raising=False)
        environment.delenv("REDIS_URL", raising=False)
        stack = DemoStack(tmp_path_factory.mktemp("demo"), durable=False)
        stack.start()
    try:
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Playwright drives the machine's Chromium."""
    return {**browser_type_launch_args, "executable_path": str(ensure())}
