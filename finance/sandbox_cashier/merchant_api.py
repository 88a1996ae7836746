"""What the merchant may ask: signed requests in, signed answers out."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from berth.kernel.canonical import canonical_json
from berth.kernel.money import MINOR_DIGITS
from berth.kernel.signatures import sign, verify
from finance.providers.sandbox_signing import SIGNATURE, TIMESTAMP, answer_text, fresh, request_text
from finance.sandbox_cashier.configuration import Configuration
from finance.sandbox_cashier.orders import NewOrder, Order, Orders, Refusal
from finance.sandbox_cashier.statement import statement_of
from finance.sandbox_cashier.store import Store
from finance.sandbox_cashier.transfers import Transfer, transfer

_ORDER = re.compile(r"/orders/([0-9A-Za-z-]{1,64})(/close)?")
MAX_AMOUNT = 10**12


class MerchantApi:
    """Answers one request at a time; ``public_url`` is where this process was reached."""

    def __init__(self, configuration: Configuration, store: Store, orders: Orders) -> None:
        self._configuration = configuration
        self._store = store
        self._orders = orders

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, public_url: str
    ) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers."""
        try:
            self._check_signature(method, target, headers, body)
            status, content = 200, self._dispatch(method, target, body, public_url)
        except Refusal as refusal:
            status, content = refusal.status, {"code": refusal.code}
        answer = canonical_json(content)
        text = answer_text(headers.get(SIGNATURE, ""), status, answer)
        signature = sign(self._configuration.provider_key, text)
        return status, answer, {SIGNATURE: signature, "Content-Type": "application/json"}

    def _check_signature(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        timestamp = headers.get(TIMESTAMP, "")
        text = request_text(method, target, timestamp, body)
        if not verify(self._configuration.merchant_public_key, text, headers.get(SIGNATURE, "")):
            raise Refusal("signature", 401)
        if not fresh(timestamp, time.time()):
            raise Refusal("stale", 401)

    def _dispatch(self, method: str, target: str, body: bytes, public_url: str) -> dict[str, Any]:
        url = urlsplit(target)
        if (method, url.path) == ("POST", "/orders"):
            return _described(self._orders.open(_new_order(_content(body))), public_url)
        if (method, url.path) == ("POST", "/refunds"):
            return self._refund(_content(body))
        if (method, url.path) == ("POST", "/transfers"):
            return transfer(self._store, _transfer(_content(body)))
        if (method, url.path) == ("GET", "/statement"):
            return statement_of(self._store, parse_qs(url.query).get("date", [""])[0])
        if match := _ORDER.fullmatch(url.path):
            order_id, closing = match.groups()
            if (method, closing) == ("POST", "/close"):
                return _described(self._orders.close(order_id), public_url)
            if (method, closing) == ("GET", None):
                return _described(self._orders.by_id(order_id), public_url)
        raise Refusal("not_found", 404)

    def _refund(self, content: dict[str, Any]) -> dict[str, Any]:
        return self._orders.refund(
            number=_text(content, "refund", 120),
            order_id=_text(content, "order", 64),
            amount_minor=_amount(content),
            reason=_text(content, "reason", 200, empty=True),
        )


def _described(order: Order, public_url: str) -> dict[str, Any]:
    return {
        "order": order.id,
        "number": order.number,
        "state": order.state,
        "amount_minor": order.amount_minor,
        "currency": order.currency,
        "paid_at": order.paid_at,
        "pay_url": f"{public_url}/pay/{order.token}" + (f"?lang={order.language}" if order.language else ""),
    }


def _new_order(content: dict[str, Any]) -> NewOrder:
    currency, language = _text(content, "currency", 3), _text(content, "language", 2, empty=True)
    expires_at = content.get("expires_at")
    if currency not in MINOR_DIGITS or language not in ("zh", "en", "") or type(expires_at) is not int:
        raise Refusal("malformed", 400)
    return NewOrder(
        id=_text(content, "order", 64),
        title=_text(content, "title", 120),
        amount_minor=_amount(content),
        currency=currency,
        notify_url=_address(content, "notify_url"),
        return_url=_address(content, "return_url"),
        expires_at=expires_at,
        language=language,
    )


def _transfer(content: dict[str, Any]) -> Transfer:
    currency = _text(content, "currency", 3)
    if currency not in MINOR_DIGITS:
        raise Refusal("malformed", 400)
    return Transfer(
        id=_text(content, "transfer", 64),
        amount_minor=_amount(content),
        currency=currency,
        channel=_text(content, "channel", 20),
        holder=_text(content, "holder", 80),
        account=_text(content, "account", 64),
    )


def _content(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError as error:
        raise Refusal("malformed", 400) from error
    if not isinstance(content, dict):
        raise Refusal("malformed", 400)
    return content


def _text(content: dict[str, Any], name: str, longest: int, *, empty: bool = False) -> str:
    value = content.get(name)
    if not isinstance(value, str) or len(value) > longest or not (value or empty) or not _is_unicode(value):
        raise Refusal("malformed", 400)
    return value


def _is_unicode(text: str) -> bool:
    """False for lone surrogates, which JSON can spell and nothing can store."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _amount(content: dict[str, Any]) -> int:
    value = content.get("amount_minor")
    if type(value) is not int or not 0 < value <= MAX_AMOUNT:
        raise Refusal("malformed", 400)
    return value


def _address(content: dict[str, Any], name: str) -> str:
    value = _text(content, name, 500)
    url = urlsplit(value)
    if url.scheme not in ("http", "https") or not url.netloc or re.search(r"[\s;,'\"<>]", value):
        raise Refusal("malformed", 400)
    return value
