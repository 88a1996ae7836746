"""Tasks take ids and hand them to the domain; each may run any number of times."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from berth.kernel.errors import Conflict
from finance.domain import orders, payout_runs, payout_sending, polling, reconciling, refunds
from finance.providers.base import ProviderError
from finance.providers.registry import DEFAULT

AGAIN: dict[str, Any] = {"autoretry_for": (ProviderError,), "max_retries": 3, "retry_backoff": True}


@shared_task(name="finance.tasks.poll_pending_payments")  # type: ignore[untyped-decorator]
def poll_pending_payments() -> None:
    """Find lost notifications, close what expired, send the refunds that are due."""
    polling.poll_pending()


@shared_task(name="finance.tasks.send_refund", **AGAIN)  # type: ignore[untyped-decorator]
def send_refund(refund_id: str) -> None:
    """One refund, at once; the sweep goes on where this gives up."""
    refunds.send_refund(refund_id=uuid.UUID(refund_id))


@shared_task(name="finance.tasks.send_payout", **AGAIN)  # type: ignore[untyped-decorator]
def send_payout(payout_id: str) -> None:
    """One payout, at once; the sweep goes on where this gives up."""
    payout_sending.send_payout(payout_id=uuid.UUID(payout_id))


@shared_task(name="finance.tasks.prepare_payouts")  # type: ignore[untyped-decorator]
def prepare_payouts() -> None:
    """The weekly run, one for each currency; it waits for somebody's approval."""
    for currency in payout_runs.currencies_owed():
        with suppress(Conflict):  # last week's run still waits
            payout_runs.prepare(currency=currency, by=None)


@shared_task(name="finance.tasks.reconcile_yesterday", **AGAIN)  # type: ignore[untyped-decorator]
def reconcile_yesterday() -> None:
    """The provider's last whole day."""
    today = timezone.now().astimezone(ZoneInfo(settings.PROVIDER_ZONE)).date()
    reconciling.reconcile(provider=DEFAULT, day=today - timedelta(days=1))


@shared_task(name="finance.tasks.close_payments", **AGAIN)  # type: ignore[untyped-decorator]
def close_payments(subject_id: str) -> None:
    """Close what is open for a subject; the sweep goes on where this gives up."""
    orders.close_now(subject_id=uuid.UUID(subject_id))
