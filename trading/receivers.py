"""Ears of trading: what finance and hardware tell. Connected in TradingConfig.ready."""

from __future__ import annotations

import contextlib
import uuid
from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from finance.signals import (
    BooksCompared,
    HeldOtherwise,
    PaymentSucceeded,
    books_compared,
    payment_arriving,
    payment_succeeded,
)
from hardware.models import LockCommand
from hardware.signals import CallAnswered, LotEventPayload, call_answered, lot_event
from trading.domain import bookings, help_given, locking, overrides, reconciling
from trading.models import Booking


@receiver(payment_arriving, dispatch_uid="trading.lock_before_the_ledger")
def on_payment_arriving(subject_id: uuid.UUID, **_: Any) -> None:
    """Lot server and booking before the accounts, as everywhere (trading.domain.locking)."""
    with contextlib.suppress(Booking.DoesNotExist):  # a payment for something else
        locking.lock(subject_id)


@receiver(payment_succeeded, dispatch_uid="trading.confirm_paid")
def on_payment(event: PaymentSucceeded, **_: Any) -> None:
    bookings.confirm_paid(event)


@receiver(books_compared, dispatch_uid="trading.compare_books")
def on_books_compared(event: BooksCompared, **_: Any) -> list[HeldOtherwise]:
    return reconciling.compare(begin=event.begin)


@receiver(lot_event, dispatch_uid="trading.take_lot_event")
def on_lot_event(event: LotEventPayload, **_: Any) -> None:
    bookings.take_lot_event(event)


@receiver(call_answered, dispatch_uid="trading.record_help")
def on_call_answered(answer: CallAnswered, **_: Any) -> None:
    help_given.record(answer)


@receiver(post_save, sender=LockCommand, dispatch_uid="trading.record_override")
def on_lock_command(instance: LockCommand, **_: Any) -> None:
    overrides.record(instance)
