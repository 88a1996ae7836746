"""One day of one provider, compared; repeatable, and the truth of the last run counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from finance.domain.reconciling.findings import Finding, Kind, against_ledger, against_statement, sums
from finance.domain.reconciling.records import our_records, posted_for
from finance.models import Account, Difference, Reconciliation, Refund
from finance.providers.registry import provider_named
from finance.queries import trial_balance
from finance.signals import BooksCompared, HeldOtherwise, books_compared


def reconcile(*, provider: str, day: date) -> Reconciliation:
    """Compare the provider's statement of ``day`` with payments, refunds, payouts, ledger and (above us) bookings.

    New differences become open cases; cases of this day that are gone are resolved. Raises ProviderError.
    """
    asked = provider_named(provider)
    theirs, before = asked.statement(day), asked.statement(day - timedelta(days=1))
    zone = ZoneInfo(settings.PROVIDER_ZONE)
    begin = datetime.combine(day, datetime.min.time(), tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    ours = our_records(provider, begin, end, theirs)
    on_day = [one for one in ours.values() if one.on_day]
    found = [
        *against_statement(theirs, before, ours),
        *against_ledger(ours.values(), posted_for(provider, ours.values())),
        *_books(),
        *_refused(provider),
        *_above(begin, end),
    ]
    with transaction.atomic():
        run, _made = Reconciliation.objects.update_or_create(
            provider=provider,
            day=day,
            defaults={
                "theirs": sums((row.amount.currency, row.amount.minor) for row in theirs),
                "ours": sums((one.currency, one.amount_minor) for one in on_day if one.booked),
                "rows": len(theirs),
                "compared_at": timezone.now(),
            },
        )
        _keep_cases(run, found)
    return run


def _books() -> Iterator[Finding]:
    """The trial balance, and each stored balance against its legs."""
    for currency, total in trial_balance().items():
        if total:
            yield Finding(Kind.BOOKS, "trial balance", currency, 0, total)
    strayed = Account.objects.annotate(by_legs=Coalesce(Sum("legs__amount_minor"), 0))
    for row in strayed.exclude(balance_minor=F("by_legs")):
        yield Finding(Kind.BOOKS, f"account:{row.pk}", row.currency, row.by_legs, row.balance_minor)


def _refused(provider: str) -> Iterator[Finding]:
    """Refunds that wait for a person."""
    for row in Refund.objects.filter(state=Refund.State.REFUSED, payment__provider=provider).select_related("payment"):
        yield Finding(Kind.REFUSED, f"refund:{row.reference}"[:120], row.payment.currency, 0, -row.amount_minor)


def _above(begin: datetime, end: datetime) -> Iterator[Finding]:
    """What the layers above find wrong between their subjects and the ledger."""
    for _receiver, strays in books_compared.send(sender=Reconciliation, event=BooksCompared(begin, end)):
        for stray in cast("Iterable[HeldOtherwise]", strays):
            name = f"booking:{stray.subject_id}"
            yield Finding(Kind.BOOKING, name, stray.currency, stray.expected_minor, stray.held_minor)


def _keep_cases(run: Reconciliation, found: Iterable[Finding]) -> None:
    still = {finding.key: finding for finding in found}
    for case in Difference.objects.filter(reconciliation=run, resolved_at=None):
        if (case.kind, case.reference, case.currency) not in still:
            case.resolved_at, case.note = timezone.now(), case.note or "gone when compared again"
            case.save(update_fields=["resolved_at", "note"])
    rows = [
        Difference(
            reconciliation=run,
            kind=one.kind,
            reference=one.reference,
            currency=one.currency,
            theirs_minor=one.theirs_minor,
            ours_minor=one.ours_minor,
        )
        for one in still.values()
    ]
    Difference.objects.bulk_create(rows, ignore_conflicts=True)  # an open case is not opened twice
