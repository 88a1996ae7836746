"""The movements of an account, read in one pass and never held in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, Sum

from finance.models import Account, Leg

CHUNK = 5000
"""Rows that are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Line:
    """One movement as the account's holder sees it: what they gained is positive. Minor units."""

    at: datetime
    kind: str
    reference: str
    memo: str
    amount_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Statement:
    """An account from ``begin`` up to, not including, ``end``; what the holder owns is positive. Minor units."""

    account: Account
    begin: datetime
    end: datetime
    opening_minor: int

    def lines(self) -> Iterator[Line]:
        """The oldest first, streamed from the database; each call reads anew."""
        balance = self.opening_minor
        for at, kind, reference, memo, amount in _moved(self.account, self.begin, self.end).iterator(CHUNK):
            balance -= amount
            yield Line(at, kind, reference, memo, -amount, balance)

    @property
    def closing_minor(self) -> int:
        """What the holder owns at ``end``."""
        return self.opening_minor + _sum(Leg.objects.filter(_within(self.account, self.begin, self.end)))


def statement_of(account: Account, *, begin: datetime, end: datetime) -> Statement:
    """The statement of a period. Its opening balance is what all earlier movements left."""
    return Statement(account, begin, end, _sum(Leg.objects.filter(account=account, entry__posted_at__lt=begin)))


def _moved(account: Account, begin: datetime, end: datetime) -> QuerySet[Leg, tuple[datetime, str, str, str, int]]:
    legs = Leg.objects.filter(_within(account, begin, end)).order_by("entry__posted_at", "pk")
    return legs.values_list("entry__posted_at", "entry__kind", "entry__reference", "entry__memo", "amount_minor")


def _within(account: Account, begin: datetime, end: datetime) -> Q:
    return Q(account=account, entry__posted_at__gte=begin, entry__posted_at__lt=end)


def _sum(legs: QuerySet[Leg]) -> int:
    """What the holder gained by these legs: a credit is theirs."""
    return -int(legs.aggregate(sum=Sum("amount_minor"))["sum"] or 0)
