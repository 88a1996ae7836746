"""Tasks take ids and hand them to the domain; each may run any number of times."""

from __future__ import annotations

import uuid
from typing import Any

from celery import shared_task

from finance.domain import orders, polling, refunds
from finance.providers.base import ProviderError

AGAIN: dict[str, Any] = {"autoretry_for": (ProviderError,), "max_retries": 3, "retry_backoff": True}


@shared_task(name="finance.tasks.poll_pending_payments")  # type: ignore[untyped-decorator]
def poll_pending_payments() -> None:
    """Find lost notifications, close what expired, send the refunds that are due."""
    polling.poll_pending()


@shared_task(name="finance.tasks.send_refund", **AGAIN)  # type: ignore[untyped-decorator]
def send_refund(refund_id: str) -> None:
    """One refund, at once; the sweep goes on where this gives up."""
    refunds.send_refund(refund_id=uuid.UUID(refund_id))


@shared_task(name="finance.tasks.close_payments", **AGAIN)  # type: ignore[untyped-decorator]
def close_payments(subject_id: str) -> None:
    """Close what is open for a subject; the sweep goes on where this gives up."""
    orders.close_now(subject_id=uuid.UUID(subject_id))
