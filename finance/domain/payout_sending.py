"""Payouts at the provider: sent under our number until the answer is final, then booked as paid or returned."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from berth.kernel.money import Money
from berth.kernel.sealing import unseal
from finance.domain.ledger import account, post
from finance.models import Account, JournalEntry, Payout
from finance.providers.base import TransferRequest, TransferState, TransferStatus
from finance.providers.registry import provider_named

MOST_ATTEMPTS_COUNTED = 30_000


def send_payout(*, payout_id: uuid.UUID) -> None:
    """Have the provider transfer it; a repeat asks how it went. Raises ProviderError: it stays on its way."""
    payout = Payout.objects.select_related("destination", "run").get(pk=payout_id)
    if payout.state != Payout.State.SENDING:
        return
    counted = Payout.objects.filter(pk=payout_id, attempts__lt=MOST_ATTEMPTS_COUNTED)
    counted.update(attempts=F("attempts") + 1)
    destination = payout.destination
    status = provider_named(payout.provider).transfer(
        TransferRequest(
            number=payout.pk,
            amount=Money(payout.amount_minor, payout.run.currency),
            channel=destination.channel,
            holder=destination.holder,
            account_number=unseal(destination.number_sealed),
        )
    )
    if status.state is not TransferState.PENDING:
        _book(payout_id, status)


def _book(payout_id: uuid.UUID, status: TransferStatus) -> None:
    """Repeatable: the state is looked at again under the payout's lock."""
    with transaction.atomic():
        payout = (
            Payout.objects.select_for_update(no_key=True, of=["self"])
            .select_related("account", "run")
            .get(pk=payout_id)
        )
        if payout.state != Payout.State.SENDING:
            return
        paid = status.state is TransferState.PAID
        payout.state = Payout.State.PAID if paid else Payout.State.RETURNED
        payout.reason, payout.finished_at = status.reason[:200], timezone.now()
        payout.save(update_fields=["state", "reason", "finished_at"])
        currency = payout.run.currency
        clearing = account(Account.Kind.PROVIDER_CLEARING, currency, provider=payout.provider)
        receiver = clearing if paid else payout.account
        post(
            kind=JournalEntry.Kind.PAID_OUT if paid else JournalEntry.Kind.RETURNED,
            reference=f"payout:{payout.pk}",
            currency=currency,
            legs=[
                (account(Account.Kind.PAYOUT_TRANSIT, currency), payout.amount_minor),
                (receiver, -payout.amount_minor),
            ],
            memo=payout.reason,
        )
