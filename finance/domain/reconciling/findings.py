"""What can be wrong between two books; a finding is a value, the case that it becomes is a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from finance.models import Difference
from finance.providers.base import StatementRow

Kind = Difference.Kind


@dataclass(frozen=True, slots=True)
class Finding:
    """``reference`` names the thing on our side where it has a name there. Minor units."""

    kind: str
    reference: str
    currency: str
    theirs_minor: int = 0
    ours_minor: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same case tomorrow."""
        return self.kind, self.reference, self.currency


@dataclass(frozen=True, slots=True)
class Ours:
    """A payment, refund or payout as we have it; money in is positive. ``on_day``: booked on the compared day."""

    kind: str
    number: str
    currency: str
    amount_minor: int
    booked: bool
    on_day: bool


def against_statement(
    theirs: Iterable[StatementRow], before: Iterable[StatementRow], ours: Mapping[tuple[str, str], Ours]
) -> Iterator[Finding]:
    """The statement of the day, and of the day ``before`` it, against what we have by (kind, number).

    We book after the provider does, so what we booked on a day may stand in its statement of the day before.
    """
    rows = list(theirs)
    for row in rows:
        yield from _one(row, ours.get((row.kind, row.ours)))
    told = {(row.kind, row.ours) for row in (*rows, *before)}
    for key, mine in ours.items():
        if mine.on_day and mine.booked and key not in told:
            yield Finding(Kind.MISSING_THERE, _name(*key), mine.currency, 0, mine.amount_minor)


def _one(row: StatementRow, mine: Ours | None) -> Iterator[Finding]:
    name, currency, amount = _name(row.kind, row.ours or row.number), row.amount.currency, row.amount.minor
    if mine is None:
        yield Finding(Kind.UNKNOWN_HERE, name, currency, amount)
    elif (mine.amount_minor, mine.currency) != (amount, currency):
        yield Finding(Kind.AMOUNT, name, currency, amount, mine.amount_minor)
    elif not mine.booked:
        yield Finding(Kind.NOT_BOOKED, name, currency, amount, 0)


def against_ledger(ours: Iterable[Ours], posted: Mapping[tuple[str, str], int]) -> Iterator[Finding]:
    """What we have booked against what the ledger moved on the provider's account, by (kind, number)."""
    for mine in ours:
        in_ledger = posted.get((mine.kind, mine.number), 0)
        if in_ledger != (mine.amount_minor if mine.booked else 0):
            yield Finding(Kind.LEDGER, _name(mine.kind, mine.number), mine.currency, in_ledger, mine.amount_minor)


def sums(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """(currency, minor units) summed by currency."""
    total: Counter[str] = Counter()
    for currency, minor in amounts:
        total[currency] += minor
    return dict(sorted(total.items()))


def _name(kind: str, number: str) -> str:
    return f"{kind}:{number}"[:120]
