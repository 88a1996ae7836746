"""Orders at the provider: opened so that somebody can pay, closed when nobody should any more."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from berth.kernel.errors import Conflict, DomainError, InvalidInput
from berth.kernel.money import Money
from finance.domain.receipts import receive
from finance.models import Payment
from finance.providers.base import OrderRequest, OrderState, OrderStatus, ProviderError
from finance.providers.registry import DEFAULT, provider_named
from members.models import Member

log = logging.getLogger(__name__)


class ProviderAway(DomainError):
    """The payment provider cannot be asked now (503); nothing was charged, and asking again is safe."""

    status = 503


def request_payment(
    *, payer: Member, subject_id: uuid.UUID, title: str, amount: Money, return_url: str, expires_at: datetime
) -> Payment:
    """The open payment of a subject, with ``pay_url`` to send the payer to. Repeatable; one is open at a time.

    Speaks to the provider, so it is called outside a transaction. Raises InvalidInput (``payment_amount``,
    ``payment_expired``), Conflict (``already_paid``, ``payment_open`` for another amount), ProviderAway.
    """
    _close_expired(subject_id)
    payment = _open_payment(payer, subject_id, title, amount, expires_at)
    if payment.pay_url:
        return payment
    with _asking(payment):
        status = provider_named(payment.provider).create(_order(payment, return_url))
    payment.pay_url, payment.provider_reference = status.pay_url, status.number
    payment.save(update_fields=["pay_url", "provider_reference"])
    return payment


def close_payment(*, subject_id: uuid.UUID) -> None:
    """Let nobody pay for the subject any more, soon after the caller's transaction commits.

    The provider decides: where somebody paid first, the money is booked instead. Without a broker the sweep closes.
    """
    transaction.on_commit(partial(_send_close, subject_id), robust=True)


def close_now(*, subject_id: uuid.UUID) -> None:
    """Ask the provider to close the subject's open payment, and believe what it answers. Raises ProviderError."""
    for payment in Payment.objects.filter(subject_id=subject_id, state=Payment.State.CREATED):
        take_status(payment, provider_named(payment.provider).close(payment.pk))


def take_status(payment: Payment, status: OrderStatus | None) -> None:
    """Bring a payment to what the provider says about it; None: the provider has no such order. Repeatable."""
    if status is None or status.state is OrderState.CLOSED:
        unpaid = Payment.objects.filter(pk=payment.pk, state=Payment.State.CREATED)
        if status is not None or payment.expires_at <= timezone.now():
            unpaid.update(state=Payment.State.CLOSED)
    elif status.state is OrderState.PAID and status.paid_at is not None:
        if status.amount != Money(payment.amount_minor, payment.currency):
            log.error("payment %s: provider says %s was paid, not booked", payment.pk, status.amount)
            return
        receive(payment_id=payment.pk, number=status.number, paid_at=status.paid_at)


def _close_expired(subject_id: uuid.UUID) -> None:
    """An open payment whose time is over makes room for a new one, unless it turns out to be paid."""
    expired = Payment.objects.filter(subject_id=subject_id, state=Payment.State.CREATED, expires_at__lte=timezone.now())
    for payment in expired:
        with _asking(payment):
            take_status(payment, provider_named(payment.provider).close(payment.pk))


@contextmanager
def _asking(payment: Payment) -> Iterator[None]:
    """Of the provider, while somebody waits for the page."""
    try:
        yield
    except ProviderError as error:
        log.warning("payment %s: %s", payment.pk, error)
        raise ProviderAway(
            "provider_away", _("The payment service cannot be reached. Nothing was charged; please try again.")
        ) from error


def _open_payment(payer: Member, subject_id: uuid.UUID, title: str, amount: Money, expires_at: datetime) -> Payment:
    if amount.minor <= 0:
        raise InvalidInput("payment_amount", _("There is nothing to pay."))
    if expires_at <= timezone.now():
        raise InvalidInput("payment_expired", _("The time to pay is over."))
    known = _payment_of(subject_id)
    if known is None:
        try:
            with transaction.atomic():
                return Payment.objects.create(
                    provider=DEFAULT,
                    payer=payer,
                    subject_id=subject_id,
                    title=title[:120],
                    amount_minor=amount.minor,
                    currency=amount.currency,
                    expires_at=expires_at,
                )
        except IntegrityError:  # somebody was faster; one_open_payment_per_subject
            known = Payment.objects.get(subject_id=subject_id, state=Payment.State.CREATED)
    if (known.amount_minor, known.currency) != (amount.minor, amount.currency):
        raise Conflict("payment_open", _("Another payment for this is still open."))
    return known


def _payment_of(subject_id: uuid.UUID) -> Payment | None:
    payments = {payment.state: payment for payment in Payment.objects.filter(subject_id=subject_id)}
    if Payment.State.SUCCEEDED in payments:
        raise Conflict("already_paid", _("This is paid already."))
    return payments.get(Payment.State.CREATED)


def _order(payment: Payment, return_url: str) -> OrderRequest:
    return OrderRequest(
        order_id=payment.pk,
        title=payment.title,
        amount=Money(payment.amount_minor, payment.currency),
        notify_url=settings.PUBLIC_URL + reverse("payment_notify", args=[payment.provider]),
        return_url=return_url,
        expires_at=payment.expires_at,
        language="zh" if (get_language() or "zh").startswith("zh") else "en",
    )


def _send_close(subject_id: uuid.UUID) -> None:
    try:
        current_app.send_task("finance.tasks.close_payments", [str(subject_id)], retry=False)
    except OperationalError as error:
        log.warning("closing the payment for %s waits for the sweep: %s", subject_id, error)
