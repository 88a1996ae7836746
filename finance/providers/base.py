"""What a payment provider can be asked, and what it tells. Nothing here touches the database."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from berth.kernel.money import Money


class OrderState(StrEnum):
    """An order as the provider sees it. PAID is final; CLOSED takes no more payments that start now."""

    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """``order_id`` is our number and makes the request repeatable; ``language`` is that of the cashier page."""

    order_id: uuid.UUID
    title: str
    amount: Money
    notify_url: str
    return_url: str
    expires_at: datetime
    language: str


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """``number`` is the provider's own. ``paid_at`` is set when, and only when, the state is PAID."""

    number: str
    state: OrderState
    amount: Money
    pay_url: str
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """``number`` is ours: asking again with it pays back once."""

    number: str
    order_id: uuid.UUID
    amount: Money
    reason: str


class TransferState(StrEnum):
    """Money sent to somebody. PAID and FAILED are final."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """``number`` is ours: asking again with it sends once and tells how it went. ``channel``: PayoutDestination's."""

    number: uuid.UUID
    amount: Money
    channel: str
    holder: str
    account_number: str


@dataclass(frozen=True, slots=True)
class TransferStatus:
    """``reason`` says why it FAILED, in the provider's words."""

    state: TransferState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """What the provider booked: ``kind`` payment, refund or transfer; ``ours`` is our number; money in is positive."""

    kind: str
    ours: str
    number: str
    amount: Money
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class PaidNotice:
    """A verified notification: this order was paid. Amount and order are still to be compared with our own."""

    event_id: str
    order_id: uuid.UUID
    number: str
    amount: Money
    paid_at: datetime


class ProviderError(Exception):
    """The provider did not do it. ``permanent``: asking again the same way will not help."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class NotificationRefused(Exception):
    """A notification that cannot be believed. ``reason`` is one of: signature, stale, malformed."""

    def __init__(self, reason: str, event_id: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.event_id = event_id


class Provider(Protocol):
    """Every method but the last speaks over the network and raises ProviderError; each may be repeated."""

    @property
    def name(self) -> str:
        """As in addresses and in Payment.provider."""

    def create(self, request: OrderRequest) -> OrderStatus:
        """Open an order that the payer can pay at ``pay_url``."""

    def query(self, order_id: uuid.UUID) -> OrderStatus | None:
        """The order as it is now; None where the provider does not know it."""

    def close(self, order_id: uuid.UUID) -> OrderStatus | None:
        """Let nobody pay it any more. The answer is PAID where somebody was faster."""

    def refund(self, request: RefundRequest) -> None:
        """Pay back. Returns when the provider has done it."""

    def transfer(self, request: TransferRequest) -> TransferStatus:
        """Send money to somebody's account, once per number."""

    def statement(self, day: date) -> list[StatementRow]:
        """What the provider booked for us on a day of its own zone, the oldest first."""

    def verify_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> PaidNotice:
        """Signature, age and shape, in this order; raises NotificationRefused."""
