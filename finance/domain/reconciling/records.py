"""Our own records of a provider's day, and what the ledger says about them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from django.db.models import Q, QuerySet

from finance.domain.reconciling.findings import Ours
from finance.models import Account, Leg, Payment, Payout, Refund
from finance.providers.base import StatementRow

PAYMENT, REFUND, TRANSFER = "payment", "refund", "transfer"
ENTRY = {PAYMENT: "charge", REFUND: "refund", TRANSFER: "payout"}
"""Kind → beginning of the reference under which the ledger has it."""


def our_records(
    provider: str, begin: datetime, end: datetime, named: Iterable[StatementRow]
) -> dict[tuple[str, str], Ours]:
    """What we booked from ``begin`` to ``end``, and whatever the statement names, by (kind, number)."""
    rows = list(named)
    payments, transfers = (_ids(row.ours for row in rows if row.kind == kind) for kind in (PAYMENT, TRANSFER))
    refunds = [row.ours for row in rows if row.kind == REFUND]
    day = (begin, end)
    found = [
        *_payments(_on(day, "succeeded_at", Q(pk__in=payments)) & Q(provider=provider), day),
        *_refunds(_on(day, "succeeded_at", Q(reference__in=refunds)) & Q(payment__provider=provider), day),
        *_payouts(_on(day, "finished_at", Q(pk__in=transfers)) & Q(provider=provider), day),
    ]
    return {(one.kind, one.number): one for one in found}


def posted_for(provider: str, ours: Iterable[Ours]) -> dict[tuple[str, str], int]:
    """What moved on the provider's account for each of these, by (kind, number)."""
    wanted = {reference: (one.kind, one.number) for one in ours for reference in _references(one)}
    legs = Leg.objects.filter(
        entry__reference__in=list(wanted), account__kind=Account.Kind.PROVIDER_CLEARING, account__provider=provider
    )
    return {wanted[name]: amount for name, amount in legs.values_list("entry__reference", "amount_minor")}


def _references(one: Ours) -> list[str]:
    number = one.number
    if one.kind == REFUND:
        number = str(Refund.objects.values_list("pk", flat=True).get(reference=one.number))
    return [f"{ENTRY[one.kind]}:{number}"]


def _on(day: tuple[datetime, datetime], field: str, named: Q) -> Q:
    return Q(**{f"{field}__gte": day[0], f"{field}__lt": day[1]}) | named


def _within(moment: datetime | None, day: tuple[datetime, datetime]) -> bool:
    return moment is not None and day[0] <= moment < day[1]


def _payments(which: Q, day: tuple[datetime, datetime]) -> Iterator[Ours]:
    rows: QuerySet[Payment] = Payment.objects.filter(which)
    for row in rows:
        paid = row.state == Payment.State.SUCCEEDED
        yield Ours(PAYMENT, str(row.pk), row.currency, row.amount_minor, paid, _within(row.succeeded_at, day))


def _refunds(which: Q, day: tuple[datetime, datetime]) -> Iterator[Ours]:
    for row in Refund.objects.filter(which).select_related("payment"):
        done = row.state == Refund.State.SUCCEEDED
        on_day = _within(row.succeeded_at, day)
        yield Ours(REFUND, row.reference, row.payment.currency, -row.amount_minor, done, on_day)


def _payouts(which: Q, day: tuple[datetime, datetime]) -> Iterator[Ours]:
    for row in Payout.objects.filter(which).select_related("run"):
        paid = row.state == Payout.State.PAID
        yield Ours(TRANSFER, str(row.pk), row.run.currency, -row.amount_minor, paid, _within(row.finished_at, day))


def _ids(texts: Iterable[str]) -> list[uuid.UUID]:
    """Those that are ids at all."""
    found = []
    for text in texts:
        with suppress(ValueError):
            found.append(uuid.UUID(text))
    return found
