"""The page on which a person pays: HTML for browsers, without any script, in Chinese and English."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.template import Context, Engine
from django.utils import translation

from berth.kernel.money import MINOR_DIGITS
from finance.sandbox_cashier.orders import Manner, Order, Orders, Refusal
from finance.sandbox_cashier.statement import ZONE

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
STYLE = (Path(__file__).parent / "cashier.css").read_bytes()
LANGUAGES = {"zh": "zh-hans", "en": "en"}
SYMBOLS = {"CNY": "¥", "EUR": "€", "GBP": "£", "HKD": "HK$", "USD": "US$", "JPY": "JP¥", "KRW": "₩"}

_engine = Engine(dirs=[str(TEMPLATES)], libraries={"i18n": "django.templatetags.i18n"})


@dataclass(frozen=True, slots=True)
class Page:
    """An answer to a browser; ``form_targets`` are the origins that its forms may lead to."""

    status: int
    body: bytes = b""
    location: str = ""
    form_targets: str = ""


class Cashier:
    """Shows orders to people and takes their decision."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    def show(self, token: str, language: str) -> Page:
        """The page of an order."""
        try:
            order = self._orders.by_token(token)
        except Refusal:
            return _rendered("not_found.html", language, 404)
        return _page_of(order, language)

    def decide(self, token: str, decision: str, language: str) -> Page:
        """What a button does: leads back to the merchant, or shows why it did nothing."""
        try:
            order = self._orders.by_token(token)
            if decision == "decline":
                return Page(303, location=order.return_url)
            if decision not in set(Manner):
                return _page_of(order, language, status=400)
            order = self._orders.pay(token, Manner(decision))
        except Refusal:
            return _rendered("not_found.html", language, 404)
        if order.state == "paid":
            return Page(303, location=order.return_url)
        return _page_of(order, language, status=200 if order.pays_late else 409)


def language_of(query: dict[str, list[str]], accept_language: str) -> str:
    """zh or en: ``?lang`` first, then the browser's first known language; Chinese where neither says."""
    asked = query.get("lang", [""])[0][:2]
    if asked in LANGUAGES:
        return asked
    for part in accept_language.split(","):
        known = part.strip()[:2].lower()
        if known in LANGUAGES:
            return known
    return "zh"


def amount_text(amount_minor: int, currency: str) -> str:
    """¥1,250.00"""
    digits = MINOR_DIGITS[currency]
    return f"{SYMBOLS[currency]}{amount_minor / 10**digits:,.{digits}f}"


def _page_of(order: Order, language: str, status: int = 200) -> Page:
    origin = urlsplit(order.return_url)
    return _rendered(
        "pay.html",
        language,
        status,
        form_targets=f"{origin.scheme}://{origin.netloc}",
        order=order,
        amount=amount_text(order.amount_minor, order.currency),
        expires=datetime.fromtimestamp(order.expires_at, ZONE).strftime("%H:%M"),
        paid=None if order.paid_at is None else datetime.fromtimestamp(order.paid_at, ZONE).strftime("%Y-%m-%d %H:%M"),
        minutes_left=max(0, (order.expires_at - int(time.time())) // 60),
        manners={manner.name: manner.value for manner in Manner},
    )


def _rendered(template: str, language: str, status: int, form_targets: str = "", **values: Any) -> Page:
    with translation.override(LANGUAGES[language]):
        context = Context({**values, "language": language})
        html = _engine.get_template(f"finance/sandbox_cashier/{template}").render(context)
    return Page(status, html.encode(), form_targets=form_targets)
