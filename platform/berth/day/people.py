"""Members with a browser of their own: they sign in on the website and use its API and its forms."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import requests

from berth.kernel.ids import uuid7

PATIENCE = 120.0
"""Seconds for which a person tries again while the site does not answer."""
AWAY = (502, 503, 504)
TIMEOUT = 30.0


class Refused(Exception):
    """The site said no. ``code`` is the problem's."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class Person:
    """One member. Requests go one at a time; what the site does not answer is asked again."""

    def __init__(self, site: str, phone: str) -> None:
        self.phone = phone
        self._site = site
        self._session = requests.Session()
        self._session.headers["Accept-Language"] = "en"
        self._turn = threading.RLock()
        self._signed_in = False

    def api(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer of the API. Raises Refused."""
        with self._turn:
            self._sign_in()
            answer = self._ask(method, f"/api/v1{path}", json=body)
        if answer.ok:
            return dict(answer.json())
        problem = answer.json() if "json" in answer.headers.get("Content-Type", "") else {}
        raise Refused(answer.status_code, str(problem.get("title") or answer.text[:80]))

    def form(self, path: str, **fields: str) -> str:
        """Send a form; the address where one ends. Raises Refused."""
        with self._turn:
            self._sign_in()
            answer = self._ask("POST", path, data=fields)
        if not answer.ok:
            raise Refused(answer.status_code, path)
        return answer.url

    def pay(self, address: str, decision: str) -> None:
        """At the cashier, who is somebody else than the site."""
        _patiently(lambda: requests.post(address, {"decision": decision}, timeout=TIMEOUT, allow_redirects=False))

    def hold(self, *, lot: str, spot: str, start: str, end: str, plate: str) -> uuid.UUID:
        """Ask for the price and take the spot at it. Raises Refused."""
        booking_id = uuid7()
        asked = self.api("POST", "/quotes", {"lot": lot, "spot": spot, "start": start, "end": end})
        self.api("POST", "/bookings", {"id": str(booking_id), "quote": asked["token"], "plate": plate})
        return booking_id

    def _sign_in(self) -> None:
        """With the code that the demo's outbox shows."""
        if self._signed_in:
            return
        self._ask("GET", "/accounts/login/")
        while self._ask("POST", "/accounts/login/", data={"contact": self.phone}).status_code == 429:
            time.sleep(5)
        shown = self._ask("GET", f"/demo/outbox/?to={quote(self.phone)}").text
        code = re.search(r'data-code="(\d{6})"', shown)
        if code is None:
            raise Refused(0, f"no code came for {self.phone}")
        self._ask("POST", "/accounts/login/code/", data={"code": code[1]})
        if "sessionid" not in self._session.cookies:
            raise Refused(0, f"{self.phone} was not signed in")
        self._signed_in = True

    def _ask(self, method: str, path: str, **given: Any) -> requests.Response:
        def ask() -> requests.Response:
            headers = {"Referer": self._site}
            if token := self._session.cookies.get("csrftoken"):
                headers["X-CSRFToken"] = token
            return self._session.request(method, self._site + path, headers=headers, timeout=TIMEOUT, **given)

        return _patiently(ask)


def _patiently(ask: Callable[[], requests.Response]) -> requests.Response:
    """Again while nobody answers; what was asked must be harmless to repeat."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            answer = ask()
            if answer.status_code not in AWAY or time.monotonic() > until:
                return answer
        except requests.RequestException:
            if time.monotonic() > until:
                raise
        time.sleep(1)
