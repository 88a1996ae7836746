"""Money has arrived: the one place where a payment becomes paid."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from finance.domain.ledger import account, post
from finance.models import Account, JournalEntry, Payment
from finance.signals import PaymentSucceeded, payment_arriving, payment_succeeded


def receive(*, payment_id: uuid.UUID, number: str, paid_at: datetime) -> bool:
    """Book a payment into escrow and tell the layers above, in one transaction. False where that was done before.

    A payment that had been closed is booked too: money that arrives is never turned away, what becomes of it is decided
    by the receivers of ``payment_succeeded``. The caller has compared order, amount and currency.
    """
    with transaction.atomic():
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
        if payment.state == Payment.State.SUCCEEDED:
            return False
        payment.state = Payment.State.SUCCEEDED
        payment.succeeded_at = paid_at
        payment.provider_reference = number
        payment.save(update_fields=["state", "succeeded_at", "provider_reference"])
        payment_arriving.send(sender=Payment, subject_id=payment.subject_id)
        _charge(payment)
        event = PaymentSucceeded(payment.pk, payment.subject_id, payment.amount_minor, payment.currency, paid_at)
        payment_succeeded.send(sender=Payment, event=event)
    return True


def _charge(payment: Payment) -> None:
    clearing = account(Account.Kind.PROVIDER_CLEARING, payment.currency, provider=payment.provider)
    escrow = account(Account.Kind.ESCROW, payment.currency)
    post(
        kind=JournalEntry.Kind.CHARGE,
        reference=f"charge:{payment.pk}",
        currency=payment.currency,
        legs=[(clearing, payment.amount_minor), (escrow, -payment.amount_minor)],
        subject_id=payment.subject_id,
        memo=payment.title,
    )
