"""How much of what somebody earned may be paid out now (leap 5, proof-based payout).

Earnings are posted on evidence of use; they wait for the problem window after that, and for whatever is disputed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from finance.models import Account, JournalEntry, Leg, PayoutHold

EARNERS = [Account.Kind.OWNER, Account.Kind.LOT_MANAGER]


@dataclass(frozen=True, slots=True)
class Release:
    """One account's money in minor units. ``free_minor`` is what can be paid out: never negative."""

    account: Account
    owned_minor: int
    waiting_minor: int
    held_minor: int

    @property
    def free_minor(self) -> int:
        return max(0, self.owned_minor - self.waiting_minor - self.held_minor)


def earned_before(now: datetime | None = None) -> datetime:
    """What was settled before this has left its problem window."""
    return (now or timezone.now()) - timedelta(hours=settings.PAYOUT_WINDOW_HOURS)


def releases(accounts: QuerySet[Account], *, before: datetime) -> list[Release]:
    """One for each account, in the order given. One query; lock the accounts first where the answer must hold."""
    young = Leg.objects.filter(
        account=OuterRef("pk"), entry__kind=JournalEntry.Kind.SETTLEMENT, entry__posted_at__gte=before
    )
    held = PayoutHold.objects.filter(account=OuterRef("pk"), lifted_at=None)
    rows = accounts.select_related("member", "lot").annotate(young=_total(young), held=_total(held))
    return [Release(row, -row.balance_minor, -row.young, row.held) for row in rows]


def earning_accounts(currency: str = "", members: Iterable[int] | None = None) -> QuerySet[Account]:
    """Accounts whose money goes to a person, by id."""
    wanted = Q(kind__in=EARNERS, member__isnull=False)
    if currency:
        wanted &= Q(currency=currency)
    if members is not None:
        wanted &= Q(member__in=members)
    return Account.objects.filter(wanted).order_by("pk")


def _total(rows: QuerySet[Leg] | QuerySet[PayoutHold]) -> Coalesce:
    sums = rows.order_by().values("account").annotate(sum=Sum("amount_minor")).values("sum")
    return Coalesce(Subquery(sums), 0)
