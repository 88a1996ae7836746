"""The sandbox provider: speaks to the cashier process (finance/sandbox_cashier) as one speaks to a real one."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from berth.kernel.canonical import canonical_json
from berth.kernel.money import MINOR_DIGITS, Money
from berth.kernel.signatures import sign, verify
from finance.providers.base import (
    NotificationRefused,
    OrderRequest,
    OrderState,
    OrderStatus,
    PaidNotice,
    ProviderError,
    RefundRequest,
    StatementRow,
    TransferRequest,
    TransferState,
    TransferStatus,
)
from finance.providers.sandbox_signing import SIGNATURE, TIMESTAMP, answer_text, fresh, notification_text, request_text

TIMEOUT = (3.05, 8)
"""Seconds to connect, and to wait for the answer."""
MAX_EVENT_ID = 80
REFUSED_FOR_GOOD = (400, 404, 409)
"""What is wrong with the request itself; a bad signature (401) may be a clock that will be set right."""


@dataclass(frozen=True, slots=True)
class SandboxProvider:
    """``merchant_key`` signs what we ask, ``provider_public_key`` verifies what we are answered and told."""

    url: str
    merchant_key: str
    provider_public_key: str
    name: str = "sandbox"

    def create(self, request: OrderRequest) -> OrderStatus:
        answer = self._ask(
            "POST",
            "/orders",
            {
                "order": str(request.order_id),
                "title": request.title,
                "amount_minor": request.amount.minor,
                "currency": request.amount.currency,
                "notify_url": request.notify_url,
                "return_url": request.return_url,
                "expires_at": int(request.expires_at.timestamp()),
                "language": request.language,
            },
        )
        return _status(answer)

    def query(self, order_id: uuid.UUID) -> OrderStatus | None:
        return self._maybe_unknown("GET", f"/orders/{order_id}")

    def close(self, order_id: uuid.UUID) -> OrderStatus | None:
        return self._maybe_unknown("POST", f"/orders/{order_id}/close")

    def refund(self, request: RefundRequest) -> None:
        wanted = {
            "refund": request.number,
            "order": str(request.order_id),
            "amount_minor": request.amount.minor,
            "reason": request.reason,
        }
        answer = self._ask("POST", "/refunds", wanted)
        if answer.get("state") != "succeeded" or answer.get("amount_minor") != request.amount.minor:
            raise ProviderError(f"refund {request.number} not done: {answer}")

    def transfer(self, request: TransferRequest) -> TransferStatus:
        wanted = {
            "transfer": str(request.number),
            "amount_minor": request.amount.minor,
            "currency": request.amount.currency,
            "channel": request.channel,
            "holder": request.holder,
            "account": request.account_number,
        }
        answer = self._ask("POST", "/transfers", wanted)
        return TransferStatus(TransferState(answer["state"]), answer["reason"])

    def statement(self, day: date) -> list[StatementRow]:
        rows = self._ask("GET", f"/statement?date={day.isoformat()}")["rows"]
        return [
            StatementRow(
                kind=row["kind"],
                ours=row["ours"],
                number=row["reference"],
                amount=Money(row["amount_minor"], row["currency"]),
                booked_at=datetime.fromtimestamp(row["booked_at"], UTC),
            )
            for row in rows
        ]

    def verify_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> PaidNotice:
        timestamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
        if not verify(self.provider_public_key, notification_text(timestamp, body), signature):
            raise NotificationRefused("signature")
        if not fresh(timestamp, now.timestamp()):
            raise NotificationRefused("stale")
        return _notice(body)

    def _maybe_unknown(self, method: str, target: str) -> OrderStatus | None:
        try:
            return _status(self._ask(method, target))
        except UnknownToProvider:
            return None

    def _ask(self, method: str, target: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        """A signed request and its verified answer. Raises ProviderError."""
        body = canonical_json(content) if content is not None else b""
        full = urlsplit(self.url).path.rstrip("/") + target
        timestamp = str(int(time.time()))
        signature = sign(self.merchant_key, request_text(method, full, timestamp, body))
        headers = {TIMESTAMP: timestamp, SIGNATURE: signature, "Content-Type": "application/json"}
        try:
            answer = requests.request(
                method,
                self.url.rstrip("/") + target,
                data=body,
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise ProviderError(f"sandbox cashier not reached: {type(error).__name__}") from error
        return self._verified(answer, signature)

    def _verified(self, answer: requests.Response, request_signature: str) -> dict[str, Any]:
        text = answer_text(request_signature, answer.status_code, answer.content)
        if not verify(self.provider_public_key, text, answer.headers.get(SIGNATURE, "")):
            raise ProviderError(f"answer {answer.status_code} of the sandbox cashier is not signed by it")
        content: dict[str, Any] = json.loads(answer.content)
        if answer.status_code == 200:
            return content
        if content.get("code") == "unknown_order":
            raise UnknownToProvider("unknown_order", permanent=True)
        raise ProviderError(
            f"{answer.status_code} {content.get('code')}", permanent=answer.status_code in REFUSED_FOR_GOOD
        )


class UnknownToProvider(ProviderError):
    """The provider has no such order."""


def _status(answer: dict[str, Any]) -> OrderStatus:
    paid_at = answer["paid_at"]
    return OrderStatus(
        number=answer["number"],
        state=OrderState(answer["state"]),
        amount=Money(answer["amount_minor"], answer["currency"]),
        pay_url=answer["pay_url"],
        paid_at=None if paid_at is None else datetime.fromtimestamp(paid_at, UTC),
    )


def _notice(body: bytes) -> PaidNotice:
    """The content of a notification whose signature is good; still nothing in it is taken on trust."""
    try:
        content = json.loads(body)
        event_id, number = content["event"], content["number"]
        amount_minor, currency, paid_at = content["amount_minor"], content["currency"], content["paid_at"]
        order_id = uuid.UUID(content["order"])
        texts_right = isinstance(event_id, str) and 0 < len(event_id) <= MAX_EVENT_ID and isinstance(number, str)
        numbers_right = type(amount_minor) is int and type(paid_at) is int and currency in MINOR_DIGITS
        if content["type"] != "payment.succeeded" or not texts_right or not numbers_right:
            raise NotificationRefused("malformed")
        paid = datetime.fromtimestamp(paid_at, UTC)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise NotificationRefused("malformed") from error
    return PaidNotice(event_id, order_id, number, Money(amount_minor, currency), paid)
