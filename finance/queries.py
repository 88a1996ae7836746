"""What pages and reports read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate, TruncWeek
from django.utils import timezone

from finance.domain.payout_release import Release, earned_before, earning_accounts, releases
from finance.models import Account, JournalEntry, Leg, Payout
from members.models import Member


class Step(StrEnum):
    """One bar of the earnings chart."""

    DAY = "day"
    WEEK = "week"


BARS = {Step.DAY: 14, Step.WEEK: 12}


@dataclass(frozen=True, slots=True)
class Bar:
    """Earned in the day, or in the week that begins on it. Minor units."""

    begins: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Earnings:
    """What an owner has earned in one currency, in minor units; ``bars`` from the oldest to the running one."""

    currency: str
    total_minor: int
    month_minor: int
    settled: int
    bars: Sequence[Bar]


def trial_balance() -> dict[str, int]:
    """Currency → sum of all balances in minor units: zero, or the books are broken."""
    sums = Account.objects.values("currency").annotate(total=Sum("balance_minor")).order_by("currency")
    return {row["currency"]: int(row["total"]) for row in sums}


def settlements_of(member: Member) -> QuerySet[Leg]:
    """The member's own legs of settlements, the newest first, with their entries and all legs of these."""
    earned = Leg.objects.filter(
        account__kind=Account.Kind.OWNER, account__member=member, entry__kind=JournalEntry.Kind.SETTLEMENT
    )
    return earned.select_related("entry").prefetch_related("entry__legs__account").order_by("-entry__posted_at", "-pk")


def releases_of(member: Member) -> list[Release]:
    """Each of the member's earning accounts: owned, waiting, held and free."""
    return releases(earning_accounts(members=[member.pk]), before=earned_before())


def payouts_of(member: Member) -> QuerySet[Payout]:
    """What was or is being paid out to the member, the newest first."""
    decided = Payout.objects.filter(account__member=member).exclude(state__in=["planned", "dropped"])
    return decided.select_related("run", "destination", "account").order_by("-run__prepared_at", "-pk")


def earnings_of(member: Member, *, step: Step = Step.DAY, now: datetime | None = None) -> list[Earnings]:
    """One for each currency the member earned in. Days, weeks and months are those of the current time zone."""
    at = timezone.localtime(now)
    month = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    legs = settlements_of(member).order_by()
    sums = legs.values("entry__currency").annotate(
        total=Sum("amount_minor"),
        month=Sum("amount_minor", filter=Q(entry__posted_at__gte=month)),
        settled=Count("pk"),
    )
    return [
        Earnings(
            currency=row["entry__currency"],
            total_minor=-row["total"],
            month_minor=-(row["month"] or 0),
            settled=row["settled"],
            bars=_bars(legs.filter(entry__currency=row["entry__currency"]), step, at),
        )
        for row in sums.order_by("entry__currency")
    ]


def _bars(legs: QuerySet[Leg], step: Step, at: datetime) -> list[Bar]:
    begins = _beginnings(step, at.date())
    cut = TruncDate("entry__posted_at") if step is Step.DAY else TruncWeek("entry__posted_at")
    midnight = datetime.combine(begins[0], datetime.min.time(), tzinfo=at.tzinfo)
    recent = legs.filter(entry__posted_at__gte=midnight).annotate(bar=cut)
    sums = {_day(r["bar"]): -r["total"] for r in recent.values("bar").annotate(total=Sum("amount_minor"))}
    return [Bar(day, sums.get(day, 0)) for day in begins]


def _beginnings(step: Step, today: date) -> list[date]:
    """First days of the bars, the oldest first; weeks begin on Monday."""
    last, length = (today, 1) if step is Step.DAY else (today - timedelta(days=today.weekday()), 7)
    return [last - timedelta(days=length * n) for n in reversed(range(BARS[step]))]


def _day(bar: date | datetime) -> date:
    return bar.date() if isinstance(bar, datetime) else bar
