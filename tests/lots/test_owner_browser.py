"""Step 1 of the story in a real browser under the real policy: an owner with a phone lists a spot."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from lots.models import Listing, ScheduleException
from tests.lots.browsing import browse
from tests.lots.making import make_listing, make_lot, make_member, make_spot, quarter

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = {
    "en": ("Weekdays", "Weekends", "Another time", "Publish", "Mon–Fri 08:30–18:00"),
    "zh-hans": ("工作日", "周末", "再加一段时间", "发布", "周一至周五 08:30–18:00"),
}


def fits(page: Page) -> bool:
    """Nothing sticks out to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("language", WORDS)
def test_owner_lists_a_spot_on_a_phone(live_server: Any, language: str) -> None:
    owner = make_member()
    spot = make_spot(make_lot(), owner=owner, code="A-12")
    weekdays, weekends, more, publish, said = WORDS[language]

    def story(page: Page) -> None:
        page.goto(reverse("owner_listing_new"))
        first, second = page.locator("[data-week-row]").first, page.locator("[data-week-row]").nth(1)
        first.get_by_role("button", name=weekends).click()
        first.get_by_role("button", name=weekdays).click()
        page.locator("[name=week-0-start]").fill("8:30")
        page.locator("summary", has_text=more).first.click()
        second.get_by_role("button", name=weekends).click()
        page.locator("[name=week-1-start]").fill("10:00")
        page.locator("[name=week-1-end]").fill("24:00")
        page.locator("[name=hourly_price]").fill("8")
        page.locator("[name=day_cap]").fill("50")
        assert fits(page)
        page.get_by_role("button", name=publish, exact=True).click()
        expect(page.locator("main")).to_contain_text(said)
        expect(page.locator(f'a[href="{reverse("spot", args=[spot.lot.code, "A-12"])}"]')).to_be_visible()
        assert fits(page)

    browse(live_server.url, owner, language, story)
    listing = Listing.objects.get()
    assert (listing.state, listing.day_cap_minor, listing.windows.count()) == ("published", 5000, 7)


def test_owner_closes_a_day_and_withdraws(live_server: Any) -> None:
    listing = make_listing(make_spot(code="B-07"))
    day = quarter(5 * 1440).date()

    def story(page: Page) -> None:
        page.goto(reverse("owner_listing", args=[listing.pk]))
        page.locator("summary", has_text="Add an exception").click()
        page.locator("[name=date]").fill(day.isoformat())
        page.get_by_role("button", name="Save the exception").click()
        expect(page.locator("#exceptions")).to_contain_text("all day")
        page.get_by_role("button", name="Withdraw this listing").click()
        page.get_by_role("button", name="Withdraw", exact=True).click()
        expect(page.locator("main")).to_contain_text("not offered yet")

    browse(live_server.url, listing.owner, "en", story)
    listing.refresh_from_db()
    assert listing.state == "withdrawn"
    assert ScheduleException.objects.get().date == day
