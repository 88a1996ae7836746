"""Earnings as the owner's page shows them: amounts that count up from zero, lines with names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from finance.models import Account, Leg
from finance.queries import Earnings, Step

STEP_LABELS = {Step.DAY: gettext_lazy("By day"), Step.WEEK: gettext_lazy("By week")}
LINE_LABELS = {
    Account.Kind.FEES: gettext_lazy("Service fee"),
    Account.Kind.LOT_MANAGER: gettext_lazy("Share of the lot's manager"),
    Account.Kind.REVENUE: gettext_lazy("Berth's commission"),
}


@dataclass(frozen=True, slots=True)
class Settlement:
    """One settled booking: the owner's part, and the lines that lead from the price to it. Minor units."""

    text: str
    at: datetime
    amount_minor: int
    currency: str
    lines: list[dict[str, Any]]


def in_words(earnings: Earnings, step: Step) -> dict[str, Any]:
    """Numbers of one currency and the data of its chart."""
    title = _("Earned in the last 14 days") if step is Step.DAY else _("Earned in the last 12 weeks")
    bars = [{"label": date_format(bar.begins, _("j M")), "value": bar.amount_minor} for bar in earnings.bars]
    return {"numbers": earnings, "bars": bars, "title": title}


def steps(current: Step) -> list[dict[str, Any]]:
    """The choice between days and weeks."""
    return [{"label": label, "href": f"?by={step}", "active": step is current} for step, label in STEP_LABELS.items()]


def settlement(leg: Leg) -> Settlement:
    """``leg`` is the owner's, with its entry's legs prefetched."""
    legs = {other.account.kind: other.amount_minor for other in leg.entry.legs.all()}
    paid = {"label": _("Paid by the renter"), "amount_minor": legs[Account.Kind.ESCROW]}
    shares = [{"label": label, "amount_minor": legs[kind]} for kind, label in LINE_LABELS.items() if kind in legs]
    text = leg.entry.memo or _("Booking")
    return Settlement(text, leg.entry.posted_at, -leg.amount_minor, leg.entry.currency, [paid, *shares])
