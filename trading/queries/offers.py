"""Spots with their all-in price for a time: the same number in search, on the spot's page and at checkout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from berth.design.time_words import LOCAL
from berth.kernel.money import Money
from lots.domain.pricing import PriceLine
from lots.models import Lot
from lots.models.spot import FEATURE_LABELS
from trading.domain.quotes import price_lines, total


@dataclass(frozen=True, slots=True)
class Price:
    """All-in, with its lines."""

    amount: Money
    lines: list[PriceLine]


def price_of(lot: Lot, hourly_price_minor: int, day_cap_minor: int | None, start: datetime, end: datetime) -> Price:
    lines = price_lines(
        lot=lot, hourly_price_minor=hourly_price_minor, day_cap_minor=day_cap_minor, start=start, end=end
    )
    return Price(Money(total(lines), lot.currency), lines)


def amount_of(
    lot: Lot, hourly_price_minor: int, day_cap_minor: int | None, periods: Iterable[tuple[datetime, datetime]]
) -> int:
    """All-in for every period, in minor units."""
    return sum(price_of(lot, hourly_price_minor, day_cap_minor, start, end).amount.minor for start, end in periods)


def feature_labels(features: int) -> list[str]:
    return [str(label) for bit, label in FEATURE_LABELS.items() if features & bit]


def address(name: str, *args: Any, start: datetime, end: datetime) -> str:
    """A page's address with the chosen time, so that a link can be shared."""
    return f"{reverse(name, args=args)}?{period_query(start, end)}"


def period_query(start: datetime, end: datetime) -> str:
    return urlencode({name: timezone.localtime(at).strftime(LOCAL) for name, at in (("start", start), ("end", end))})


def wish(lot: Lot, start: datetime, end: datetime) -> tuple[int, int]:
    """The wanted time as minutes of its first local day, for the day bar's frame."""
    here, there = start.astimezone(lot.zone), end.astimezone(lot.zone)
    first = here.hour * 60 + here.minute
    return first, there.hour * 60 + there.minute if there.date() == here.date() else 1440
