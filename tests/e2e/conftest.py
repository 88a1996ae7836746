"""People with browsers, in one whole demo: real servers, workers, lot servers and simulated lots."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from berth.demo.stack import DemoStack
from tests.e2e.people import Person

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture(scope="session")
def stack(demo: DemoStack) -> DemoStack:
    """The one demo of this worker; all browser tests run on one."""
    return demo


@pytest.fixture
def person(stack: DemoStack, browser: Browser) -> Iterator[Callable[..., Person]]:
    """Make a person: ``person("zh-hans", phone=True)``. Afterwards nobody may have seen an error in the console."""
    people: list[Person] = []

    def make(language: str, *, phone: bool = False) -> Person:
        locale = "zh-CN" if language == "zh-hans" else "en-GB"
        context = browser.new_context(**(PHONE if phone else DESK), locale=locale)
        people.append(Person(context, stack.urls.web, language))
        return people[-1]

    yield make
    for each in people:
        each.page.context.close()
