"""A person without a browser: the pages' own forms over HTTP, and the simulated lot's control API."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import requests

from berth.services.server import wait_for
from tests.e2e.people import LOCAL

PATIENCE = 90.0
"""Seconds for what has to happen although processes were killed."""


class Visitor:
    """Signed in as a member. What a dead or restarting server refuses is tried again, as people reload a page."""

    def __init__(self, web: str, phone: str) -> None:
        self.web = web
        self._session = requests.Session()
        self._session.headers["Referer"] = f"{web}/"
        before = self._codes(phone)
        self._send("/accounts/login/", self.page("/accounts/login/"), contact=phone)
        code = insist(lambda: [code for code in self._codes(phone) if code not in before])[0][1]
        self._send("/accounts/login/code/", self.page("/accounts/login/code/"), code=code)

    @property
    def cookies(self) -> dict[str, str]:
        """For a browser that should be signed in as this person."""
        return dict(self._session.cookies)

    def page(self, path: str) -> str:
        return insist(lambda: self._page(path))

    def wish(self, lot: str, bay: str, start: datetime, end: datetime) -> tuple[str, str]:
        """The checkout's address and page: a quote that can be sent again and again."""
        path = f"/checkout/{lot}/{bay}/?start={start.strftime(LOCAL)}&end={end.strftime(LOCAL)}"
        return path, self.page(path)

    def hold(self, wish: tuple[str, str], plate: str) -> str:
        """Send the checkout until it is answered with the cashier's address; the booking's path."""
        path, page = wish
        booking = hidden(page, "booking_id")
        form = {"booking_id": booking, "quote": hidden(page, "quote"), "vehicle": "new", "plate": plate}
        insist(lambda: "/pay/" in self._send(path, page, **form).headers.get("Location", ""))
        return f"/bookings/{booking}/"

    def pay(self, booking: str) -> None:
        """By way of the booking's own page, until the cashier says that the money is there."""
        insist(lambda: self._pay(booking))

    def evidence(self, booking: str) -> list[str]:
        """Kinds of evidence, in the order of the chain."""
        return re.findall(r'data-evidence="(\w+)"', self.page(f"{booking}evidence/"))

    def sees(self, booking: str, *kinds: str) -> None:
        """Wait until the timeline has all of these."""
        assert wait_for(lambda: {*kinds} <= {*self.evidence(booking)}, PATIENCE, pause=0.2), self.evidence(booking)

    def _pay(self, booking: str) -> bool:
        if "paid" in self.evidence(booking):
            return True
        cashier = self._send(f"{booking}pay/", self.page(booking)).headers.get("Location", "")
        if "/pay/" not in cashier:
            return False
        answer = requests.post(cashier, data={"decision": "pay"}, allow_redirects=False, timeout=20)
        return answer.status_code < 400

    def _page(self, path: str) -> str:
        answer = self._session.get(self.web + path, timeout=20)
        return answer.text if answer.status_code == 200 else ""

    def _send(self, path: str, page: str, **form: str) -> requests.Response:
        form["csrfmiddlewaretoken"] = hidden(page, "csrfmiddlewaretoken")
        return self._session.post(self.web + path, data=form, allow_redirects=False, timeout=20)

    def _codes(self, phone: str) -> list[tuple[str, str]]:
        outbox = self.page(f"/demo/outbox/?to={phone}")
        return re.findall(r'data-message="(\d+)"[^>]*data-code="(\d{6})"', outbox)


class LotByWire:
    """The simulated lot: its cars, cards, controllers and locks."""

    def __init__(self, simulator: str, code: str) -> None:
        self._address = f"{simulator}/lots/{code}"

    @property
    def state(self) -> dict[str, Any]:
        return insist(lambda: requests.get(self._address, timeout=10).json())

    def try_to(self, action: str, **arguments: str) -> bool:
        """False where that cannot be done now."""
        wish = {"action": action, **arguments}
        return insist(lambda: [requests.post(f"{self._address}/actions", json=wish, timeout=15).status_code])[0] == 200

    def act(self, action: str, **arguments: str) -> None:
        assert self.try_to(action, **arguments), (action, arguments)

    def place(self, plate: str) -> str:
        return next((car["place"] for car in self.state["cars"] if car["plate"] == plate), "outside")

    def lock(self, bay: str) -> str:
        return next(lock["position"] for lock in self.state["locks"] if lock["spot"] == bay)

    def controller_of(self, bay: str) -> str:
        return next(item["code"] for item in self.state["controllers"] if bay in item["spots"])

    def reaches(self, plate: str, place: str, patience: float = PATIENCE) -> bool:
        return wait_for(lambda: self.place(plate) == place, patience, pause=0.1)


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, (name, page[:2000])
    return found[1]


def insist(attempt: Any) -> Any:
    """What the attempt gives as soon as it gives something; refused connections and empty answers are tried again."""
    answers: list[Any] = []

    def tried() -> bool:
        try:
            answers.append(attempt())
        except requests.RequestException:
            return False
        return bool(answers[-1])

    assert wait_for(tried, PATIENCE, pause=0.2), answers[-1:]
    return answers[-1]
