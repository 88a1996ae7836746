"""The cashier page in a browser: paid with a click, back at Berth, nothing refused by the page's own policy."""

from __future__ import annotations

from queue import Queue
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.fixtures import Settings

from finance.models import PaymentNotification
from tests.finance.cashier_process import CashierProcess
from tests.finance.conftest import ask_for_payment, make_member

pytestmark = pytest.mark.django_db(transaction=True)


def pay_in_browser(browser: Browser, pay_url: str, language: str) -> tuple[str, list[str]]:
    """Where the payer ends up, and what the browser complained about."""
    page: Page = browser.new_page(viewport={"width": 390, "height": 844}, locale=language)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(pay_url)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="¥12.50").click()
    page.wait_for_url("**/announcements/")
    return page.url, complaints


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_paid_with_one_click_and_back(
    live_server: Any,
    browser: Browser,
    settings: Settings,
    cashier: CashierProcess,
    notifications: Queue[PaymentNotification],
    language: str,
) -> None:
    settings.PUBLIC_URL = live_server.url
    back = f"{live_server.url}/announcements/"
    pay_url = ask_for_payment(make_member("陈静"), return_url=back).pay_url.split("?")[0]
    assert pay_in_browser(browser, pay_url, language) == (back, [])
    assert notifications.get(timeout=30).outcome == "applied"
