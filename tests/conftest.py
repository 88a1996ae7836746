"""Fixtures that every part of the suite may use."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from scripts.browser import ensure


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Throttles, rate limits and cached reads of one test are not seen by the next."""
    cache.clear()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Playwright drives the machine's Chromium."""
    return {**browser_type_launch_args, "executable_path": str(ensure())}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests run on one worker, one after the other: each starts a whole demo."""
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.xdist_group("e2e"))
