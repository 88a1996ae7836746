"""What providers tell us: verified before use, stored as received whatever it is, applied once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import DomainError
from berth.kernel.money import Money
from finance.domain.receipts import receive
from finance.models import Payment, PaymentNotification
from finance.providers.base import NotificationRefused, PaidNotice
from finance.providers.registry import UnknownProvider, provider_named

log = logging.getLogger(__name__)

MAX_BODY = 16 * 1024
"""Bytes of a notification that are read and stored; a longer one is refused."""
MAX_HEADERS = 40
MOST_UNBELIEVED = 500
"""Notifications without a good signature that are stored in an hour; more are refused all the same, and only logged."""

REFUSALS: dict[str, tuple[int, Promise]] = {
    "signature": (401, _("The signature is not the provider's.")),
    "stale": (401, _("The notification is too old or from the future.")),
    "malformed": (400, _("This is no payment notification.")),
    "too_long": (413, _("The notification is too long.")),
    "unknown_provider": (404, _("There is no such payment provider.")),
    "unknown_order": (404, _("There is no such order.")),
    "amount": (400, _("The amount is not the amount of the order.")),
    "currency": (400, _("The currency is not the currency of the order.")),
    "event_reused": (400, _("This event told of another order before.")),
}


class NotificationRejected(DomainError):
    """Recorded, and nothing was changed by it."""

    def __init__(self, reason: str) -> None:
        self.status, message = REFUSALS[reason]
        super().__init__(f"notification_{reason}", message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Received:
    provider: str
    headers: dict[str, str]
    body: str

    def record(
        self, outcome: str, *, event_id: str = "", reason: str = "", payment: Payment | None = None
    ) -> PaymentNotification:
        return PaymentNotification.objects.create(
            provider=self.provider[:20],
            headers=self.headers,
            body=self.body,
            event_id=event_id,
            outcome=outcome,
            reason=reason,
            payment=payment,
        )


def apply_notification(provider: str, headers: Mapping[str, str], body: bytes) -> PaymentNotification:
    """Take one notification: the stored record, whose outcome is ``applied`` or ``repeated``.

    Raises NotificationRejected, after recording it (but for a flood of forged ones), if it is not the provider's,
    is old, or does not fit our order; what fails otherwise is recorded as well, and the provider will tell us again.
    """
    received = _Received(provider, _plain(headers), _text(body[:MAX_BODY]))
    notice: PaidNotice | None = None
    try:
        notice = _believed(provider, headers, body)
        return _apply(received, notice)
    except NotificationRejected as rejection:
        log.warning("notification of %s rejected: %s", provider, rejection.reason)
        if notice is not None or not _flooded():
            event_id = notice.event_id if notice else ""
            received.record(PaymentNotification.Outcome.REJECTED, event_id=event_id, reason=rejection.reason)
        raise
    except Exception as error:
        reason = f"failed: {type(error).__name__}"
        received.record(PaymentNotification.Outcome.REJECTED, event_id=notice.event_id if notice else "", reason=reason)
        raise


def _flooded() -> bool:
    """Whether strangers have filled this hour's room for notifications that nobody can believe."""
    an_hour_ago = timezone.now() - timedelta(hours=1)
    strangers = PaymentNotification.objects.filter(payment=None, event_id="", received_at__gt=an_hour_ago)
    return strangers[:MOST_UNBELIEVED].count() >= MOST_UNBELIEVED


def _believed(provider: str, headers: Mapping[str, str], body: bytes) -> PaidNotice:
    if len(body) > MAX_BODY:
        raise NotificationRejected("too_long")
    try:
        return provider_named(provider).verify_notification(headers, body, timezone.now())
    except UnknownProvider as error:
        raise NotificationRejected("unknown_provider") from error
    except NotificationRefused as error:
        raise NotificationRejected(error.reason) from error


def _apply(received: _Received, notice: PaidNotice) -> PaymentNotification:
    with transaction.atomic():
        payment = Payment.objects.filter(pk=notice.order_id, provider=received.provider).first()
        if payment is None:
            raise NotificationRejected("unknown_order")
        _compare(payment, notice)
        is_new = receive(payment_id=payment.pk, number=notice.number, paid_at=notice.paid_at)
        outcome = PaymentNotification.Outcome.APPLIED if is_new else PaymentNotification.Outcome.REPEATED
        return received.record(outcome, event_id=notice.event_id, payment=payment)


def _compare(payment: Payment, notice: PaidNotice) -> None:
    """What is told against what we asked for."""
    told = PaymentNotification.objects.filter(
        provider=payment.provider, event_id=notice.event_id, outcome=PaymentNotification.Outcome.APPLIED
    )
    if told.exclude(payment=payment).exists():
        raise NotificationRejected("event_reused")
    if notice.amount.currency != payment.currency:
        raise NotificationRejected("currency")
    if notice.amount != Money(payment.amount_minor, payment.currency):
        raise NotificationRejected("amount")


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as PostgreSQL can keep them, cookies and authorisation left out."""
    kept = [(n, v) for n, v in headers.items() if n.lower() not in ("cookie", "authorization")][:MAX_HEADERS]
    return {_storable(name)[:100]: _storable(value)[:500] for name, value in kept}


def _storable(text: str) -> str:
    return _text(text.encode(errors="replace"))


def _text(raw: bytes) -> str:
    """Readable and storable, whatever the bytes are."""
    return raw.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
