"""What people do in a browser, one function a deed. Selectors are names and addresses, never words: both languages."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

CHINA = ZoneInfo("Asia/Shanghai")
LOCAL = "%Y-%m-%dT%H:%M"
PATIENCE = 30_000
"""Milliseconds for things that travel over wires and processes."""


class Person:
    """A member with a browser of their own."""

    def __init__(self, context: BrowserContext, web: str, language: str) -> None:
        self.web = web
        self.language = language
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.console: list[str] = []
        """Errors that the browser told; requests that a navigation cut off are none."""
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.console.append(f"{self.page.url} {error} {error.stack}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("htmx:"):
            self.console.append(f"{message.location} {message.text}")

    def goes(self, path: str) -> None:
        answer = self.page.goto(self.web + path)
        assert answer is not None
        assert answer.status == 200, (path, answer.status)

    def chooses_language(self) -> None:
        """The page says its language; the switch is used where it is another."""
        self.goes("/")
        if str(self.page.locator("html").get_attribute("lang")).lower() != self.language:
            self.page.locator(f'button[name=language][value="{self.language}"]').first.click()
        expect(self.page.locator("html")).to_have_attribute("lang", re.compile(self.language, re.IGNORECASE))

    def signs_in(self, phone: str) -> None:
        """Phone, then the code that the demo's outbox shows."""
        self.goes("/accounts/login/")
        outbox = self.page.context.new_page()
        outbox.goto(f"{self.web}/demo/outbox/")
        before = outbox.locator("[data-code]").count()
        self.page.fill("[name=contact]", phone)
        self.page.locator("main button[type=submit]").click()
        self.page.wait_for_selector("[name=code]")
        expect(outbox.locator("[data-code]")).not_to_have_count(before, timeout=PATIENCE)
        code = outbox.locator(f"[data-recipient$='{phone}'][data-code]").first.get_attribute("data-code")
        outbox.close()
        self.page.fill("[name=code]", str(code))
        self.page.locator("main form").first.locator("button[type=submit]").first.click()
        self.page.wait_for_url(lambda url: "/accounts/login" not in url)


def next_quarter(now: datetime | None = None) -> datetime:
    """The next start that can be booked, in China's time."""
    local = (now or datetime.now(CHINA)).astimezone(CHINA).replace(second=0, microsecond=0)
    return local + timedelta(minutes=15 - local.minute % 15)


def lists_spot(owner: Person, bay: str) -> None:
    """Weekdays 08:30–18:00, today and tomorrow as exceptions, an hourly price and a day cap; published."""
    page = owner.page
    owner.goes("/owner/listings/new/")
    page.get_by_label(re.compile(rf"^{bay}\b")).check()
    page.fill("[name=hourly_price]", "8")
    page.fill("[name=day_cap]", "60")
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/owner/listings/\d+/"))
    listing = page.url
    today = datetime.now(CHINA).date()
    for day in (today, today + timedelta(days=1)):
        page.goto(listing)
        page.locator("details:has([name=date]) > summary").click()
        page.fill("[name=date]", day.isoformat())
        page.locator("[name=kind][value=open]").check(force=True)
        page.locator("form:has([name=date]) button[type=submit]").click()
        page.wait_for_load_state()


def finds(renter: Person, place: str, start: datetime, end: datetime) -> None:
    """Search by place and time; the list and the map show the lots."""
    page = renter.page
    renter.goes("/")
    page.fill("[name=q]", place)
    page.fill("[name=start]", start.strftime(LOCAL))
    page.fill("[name=end]", end.strftime(LOCAL))
    page.locator("form:has([name=q]) button[type=submit]").first.click()
    page.wait_for_url(re.compile("/search/"))
    expect(page.locator(".leaflet-marker-icon").first).to_be_visible()


def books(renter: Person, lot: str, bay: str, start: datetime, end: datetime, plate: str) -> str:
    """From the spot's page through checkout and the cashier to the live booking; the booking's address."""
    page = renter.page
    renter.goes(f"/lots/{lot}/spots/{bay}/?start={start.strftime(LOCAL)}&end={end.strftime(LOCAL)}")
    page.locator("a[href*='/checkout/']").first.click()
    page.wait_for_url(re.compile("/checkout/"))
    fresh = page.locator("input[type=radio][name=vehicle][value=new]")
    if fresh.count():
        fresh.check(force=True)
    page.fill("[name=plate]", plate)
    page.locator("main form button[type=submit]").last.click()
    page.locator("button[name=decision]").first.click()
    page.wait_for_url(re.compile(r"/bookings/[0-9a-f-]{36}/"))
    expect(page.locator("#now .pass [class*=plate]").first).to_be_visible()
    return page.url


def acts(person: Person, lot: str, action: str, target: str) -> None:
    """Press a button of the simulator page."""
    button = f"#do-{action}-{target}"
    person.page.wait_for_selector(button)
    person.page.locator(button).click()
