"""Every page as its people see it: nothing that axe objects to, nothing wider than the screen.

Phones in Chinese and by daylight, desks in English and by night: no colour depends on the language, no word on the
theme. Django admin's own pages and the API's reference are others' work.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.by_http import Visitor
from tests.e2e.people import LOCAL, next_quarter

pytestmark = pytest.mark.e2e
WIDTHS = {"zh-hans": (320, 390), "en": (768, 1280)}
PHONES = {"renter": "13800000021", "owner": "13800000006", "staff": "13800000005"}
PAGES = {
    "nobody": (
        *("/", "/search/?q=%E7%8F%A0%E6%B1%9F&{period}", "/search/?q=zzzz", "/search/?start=2020-01-01T10:00"),
        *("/lots/zhujiang/?{period}", "/lots/zhujiang/spots/B-09/?{period}", "/lots/yijing/spots/A-19/"),
        *("/accounts/login/", "/announcements/", "/announcements/1/", "/demo/outbox/", "/demo/outbox/?to=zzz"),
        *("/simulator/tianhe/", "/components/", "/nowhere/"),
    ),
    "renter": (
        *("/checkout/zhujiang/B-09/?{period}", "/bookings/", "{booking}", "{booking}vehicle/", "{booking}cancel/"),
        *("{booking}receipt/", "{booking}evidence/", "/account/", "/account/contact/", "/account/vehicles/"),
        *("/owner/listings/", "/owner/earnings/", "/accounts/logout/", "/staff/tianhe/"),
    ),
    "owner": ("/owner/listings/", "{listing}", "/owner/listings/calendar/", "/owner/earnings/", "/bookings/"),
    "staff": ("/staff/tianhe/", "/staff/tianhe/bays/A-01/", "/staff/tianhe/gates/in-1/"),
}


@pytest.fixture(scope="module")
def addresses(stack):
    """Every page of each person, with the cookies of that person."""
    people = {who: Visitor(stack.urls.web, phone) for who, phone in PHONES.items()}
    start = next_quarter() + timedelta(days=2)
    known = {
        "period": f"start={start.strftime(LOCAL)}&end={(start + timedelta(hours=3)).strftime(LOCAL)}",
        "booking": re.findall(r"/bookings/[0-9a-f-]{36}/", people["renter"].page("/bookings/"))[0],
        "listing": re.findall(r"/owner/listings/\d+/", people["owner"].page("/owner/listings/"))[0],
    }
    return {
        who: ([path.format(**known) for path in paths], people[who].cookies if who in people else {})
        for who, paths in PAGES.items()
    }


@pytest.mark.parametrize("who", PAGES)
@pytest.mark.parametrize(("language", "theme"), [("zh-hans", "light"), ("en", "dark")])
def test_page_has_no_barrier_and_fits(stack, browser, addresses, who, language, theme):
    paths, cookies = addresses[who]
    chosen = {**cookies, "django_language": language, "theme": theme}
    context = browser.new_context(viewport={"width": WIDTHS[language][1], "height": 900}, reduced_motion="reduce")
    context.add_cookies([{"name": name, "value": value, "url": stack.urls.web} for name, value in chosen.items()])
    page = context.new_page()
    found = {path: faults(page, stack.urls.web + path, language) for path in paths}
    context.close()
    assert {path: fault for path, fault in found.items() if fault} == {}


def faults(page, address, language):
    """What axe objects to, and the widths at which the page scrolls sideways."""
    page.goto(address)
    seen = [violation["help"] for violation in Axe().run(page).response["violations"]]
    for width in WIDTHS[language]:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            seen.append(f"wider than {width}")
    return seen
