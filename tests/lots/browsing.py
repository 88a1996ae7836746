"""A browser in a thread of its own: Playwright's event loop and Django's database do not meet in one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.test import Client
from playwright.sync_api import Page, sync_playwright

from members.models import Member
from scripts.browser import ensure

T = TypeVar("T")
Cookie = dict[str, Any]


def browse(site: str, member: Member, language: str, story: Callable[[Page], T]) -> T:
    """``story`` on a phone on which the member is signed in; a broken policy or script fails it."""
    client = Client()
    client.force_login(member)
    cookies = [
        {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site},
        {"name": "django_language", "value": language, "url": site},
    ]
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_in_browser, site, cookies, story).result()


def _in_browser(site: str, cookies: list[Cookie], story: Callable[[Page], T]) -> T:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(ensure()))
        context = browser.new_context(base_url=site, viewport={"width": 390, "height": 844})
        context.add_cookies(cookies)  # type: ignore[arg-type]
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
        told = story(page)
        browser.close()
    assert complaints == []
    return told
