"""Money on its way back: promised in the caller's transaction, sent after it, repeated until it is done."""

from __future__ import annotations

import logging
import uuid
from functools import partial

from celery import current_app
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from berth.kernel.money import Money
from finance.domain.escrow import held_for, not_held
from finance.domain.ledger import account, post
from finance.models import Account, JournalEntry, Payment, Refund
from finance.providers.base import ProviderError, RefundRequest
from finance.providers.registry import provider_named
from members.models import Member

log = logging.getLogger(__name__)

MOST_ATTEMPTS_COUNTED = 30_000
SEND_AGAIN = "finance.change_refund"


def refund(*, payment: Payment, reference: str, amount_minor: int, reason: str) -> Refund:
    """Promise to pay back ``amount_minor`` of a payment; the money leaves after the caller's transaction commits.

    A repeated reference finds the first refund; another sum or payment under it raises Conflict
    (``reference_reused``). Raises Conflict (``not_paid``, ``more_than_paid``, ``escrow_insufficient``), InvalidInput.
    """
    if amount_minor <= 0:
        raise InvalidInput("refund_amount", _("There is nothing to pay back."))
    with transaction.atomic():
        paid = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        known = Refund.objects.filter(reference=reference).first()
        if known is not None:
            return _same(known, paid, amount_minor)
        _require_refundable(paid, amount_minor)
        made = Refund.objects.create(payment=paid, reference=reference, amount_minor=amount_minor, reason=reason[:200])
        transaction.on_commit(partial(_send_soon, made.pk), robust=True)
    return made


def send_refund(*, refund_id: uuid.UUID) -> None:
    """Have the provider pay back, then book it: escrow debit, clearing credit. Repeatable. Raises ProviderError."""
    wanted = Refund.objects.select_related("payment").get(pk=refund_id)
    if wanted.state != Refund.State.REQUESTED:
        return
    counted = Refund.objects.filter(pk=refund_id, attempts__lt=MOST_ATTEMPTS_COUNTED)
    counted.update(attempts=F("attempts") + 1)
    payment = wanted.payment
    request = RefundRequest(
        number=wanted.reference,
        order_id=payment.pk,
        amount=Money(wanted.amount_minor, payment.currency),
        reason=wanted.reason,
    )
    try:
        provider_named(payment.provider).refund(request)
    except ProviderError as error:
        if error.permanent:
            _note_refusal(refund_id, str(error))
        raise
    _book(refund_id)


def send_again(*, refund_id: uuid.UUID, by: Member) -> Refund:
    """Ask the provider once more for what it had refused for good, after somebody mended the reason there.

    Raises NotAllowed, Conflict (``not_refused``).
    """
    if not by.has_perm(SEND_AGAIN):
        raise NotAllowed("refunds", _("You may not send refunds again."))
    refused = Refund.objects.filter(pk=refund_id, state=Refund.State.REFUSED)
    if not refused.update(state=Refund.State.REQUESTED, refusal=""):
        raise Conflict("not_refused", _("The provider has not refused this refund."))
    transaction.on_commit(partial(_send_soon, refund_id), robust=True)
    return Refund.objects.get(pk=refund_id)


def _note_refusal(refund_id: uuid.UUID, words: str) -> None:
    """A person has to look at it: the reconciliation makes a case of it."""
    log.error("refund %s was refused for good: %s", refund_id, words)
    waiting = Refund.objects.filter(pk=refund_id, state=Refund.State.REQUESTED)
    waiting.update(state=Refund.State.REFUSED, refusal=words[:200])


def _book(refund_id: uuid.UUID) -> None:
    """Repeatable: the state is looked at again under the payment's lock."""
    with transaction.atomic():
        done = Refund.objects.get(pk=refund_id)
        payment = Payment.objects.select_for_update(no_key=True).get(pk=done.payment_id)
        done.refresh_from_db()
        if done.state == Refund.State.SUCCEEDED:
            return
        done.state, done.succeeded_at = Refund.State.SUCCEEDED, timezone.now()
        done.save(update_fields=["state", "succeeded_at"])
        clearing = account(Account.Kind.PROVIDER_CLEARING, payment.currency, provider=payment.provider)
        escrow = account(Account.Kind.ESCROW, payment.currency)
        post(
            kind=JournalEntry.Kind.REFUND,
            reference=f"refund:{done.pk}",
            currency=payment.currency,
            legs=[(escrow, done.amount_minor), (clearing, -done.amount_minor)],
            subject_id=payment.subject_id,
            memo=done.reason,
        )


def _same(known: Refund, payment: Payment, amount_minor: int) -> Refund:
    if (known.payment_id, known.amount_minor) != (payment.pk, amount_minor):
        raise Conflict("reference_reused", _("This reference was already used for another refund."))
    return known


def _require_refundable(payment: Payment, amount_minor: int) -> None:
    if payment.state != Payment.State.SUCCEEDED:
        raise Conflict("not_paid", _("This was not paid, so nothing can be paid back."))
    before: int = payment.refunds.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    if before + amount_minor > payment.amount_minor:
        raise Conflict("more_than_paid", _("More cannot be paid back than was paid."))
    if held_for(payment.subject_id, payment.currency) < amount_minor:
        raise not_held()


def _send_soon(refund_id: uuid.UUID) -> None:
    try:
        current_app.send_task("finance.tasks.send_refund", [str(refund_id)], retry=False)
    except OperationalError as error:
        log.warning("refund %s waits for the sweep: %s", refund_id, error)
