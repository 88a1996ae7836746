"""The sweep: whatever was lost between the provider and us is found by asking."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from finance.domain.orders import take_status
from finance.domain.payout_sending import send_payout
from finance.domain.refunds import send_refund
from finance.models import Payment, Payout, Refund
from finance.providers.base import OrderState, ProviderError
from finance.providers.registry import provider_named

log = logging.getLogger(__name__)

BATCH = 200
LATE_MONEY = timedelta(days=1)
"""For this long after its end a closed payment is still asked about: its money may have come late, untold."""
LATE_MONEY_PAUSE = timedelta(minutes=10)

T = TypeVar("T", Payment, Payout, Refund)


@dataclass(frozen=True, slots=True)
class SweepResult:
    """How many were brought forward, and how many the provider could not help with now."""

    done: int
    failed: int


def poll_pending() -> SweepResult:
    """Ask about open payments, send refunds and payouts that are due; close what has expired. Idempotent."""
    asked = _each(_payments_to_ask_about(), _ask)
    refunds = Refund.objects.filter(state=Refund.State.REQUESTED).order_by("attempts", "created_at")[:BATCH]
    sent = _each(refunds, lambda refund: send_refund(refund_id=refund.pk))
    payouts = Payout.objects.filter(state=Payout.State.SENDING).order_by("attempts", "pk")[:BATCH]
    paid = _each(payouts, lambda payout: send_payout(payout_id=payout.pk))
    swept = (asked, sent, paid)
    return SweepResult(sum(part.done for part in swept), sum(part.failed for part in swept))


def _payments_to_ask_about() -> QuerySet[Payment]:
    now = timezone.now()
    closed_lately = Q(state=Payment.State.CLOSED, expires_at__gt=now - LATE_MONEY)
    not_asked_lately = Q(checked_at=None) | Q(checked_at__lt=now - LATE_MONEY_PAUSE)
    due = Payment.objects.filter(Q(state=Payment.State.CREATED) | closed_lately & not_asked_lately)
    return due.order_by(F("checked_at").asc(nulls_first=True))[:BATCH]


def _ask(payment: Payment) -> None:
    now = timezone.now()
    Payment.objects.filter(pk=payment.pk).update(checked_at=now)
    provider = provider_named(payment.provider)
    status = provider.query(payment.pk)
    if status is not None and status.state is OrderState.OPEN and payment.expires_at <= now:
        status = provider.close(payment.pk)
    take_status(payment, status)


def _each(rows: QuerySet[T], work: Callable[[T], None]) -> SweepResult:
    """One after the other; what fails for one of them does not keep the others waiting."""
    done = failed = 0
    for row in rows:
        try:
            work(row)
            done += 1
        except ProviderError as error:
            failed += 1
            log.warning("%s %s: provider: %s", type(row).__name__, row.pk, error)
        except Exception:
            failed += 1
            log.exception("%s %s: sweep failed", type(row).__name__, row.pk)
    return SweepResult(done, failed)
