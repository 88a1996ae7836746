"""Any spot of a lot at one price: the renter wants a place there, not that very bay (docs/schedules.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import Conflict
from berth.kernel.money import Money
from lots.domain.bookable import minutes_ahead
from lots.domain.pricing import PriceLine
from lots.domain.seizing import Wish
from lots.models import Lot
from lots.queries import Fitting, cheapest_fitting
from lots.queries.search_input import check_features, check_period
from members.models import Member
from trading.domain import quotes


@dataclass(frozen=True, slots=True)
class LotQuote:
    """The most that any spot of the lot will cost: the price of the cheapest one that is free. ``fitting``: how many
    spots are free at no more than that."""

    lot: Lot
    start: datetime
    end: datetime
    lines: list[PriceLine]
    amount: Money
    fee_minor: int
    fitting: Fitting
    token: str


def make_lot_quote(*, lot: Lot, start: datetime, end: datetime, features: int, member: Member | None) -> LotQuote:
    """Raises InvalidInput for times and features, Conflict ``taken`` where no such spot of the lot is free."""
    check_period(start, end)
    check_features(features)
    fitting = cheapest_fitting(lot, start, end, features=features, renter_id=member.pk if member else 0)
    if fitting is None:
        raise Conflict("taken", _("No such spot of this lot is free for the whole of that time."))
    lines = quotes.price_lines(
        lot=lot,
        hourly_price_minor=fitting.hourly_price_minor,
        day_cap_minor=fitting.day_cap_minor,
        start=start,
        end=end,
    )
    amount = Money(quotes.total(lines), lot.currency)
    fee = sum(line.amount_minor for line in lines if line.kind == "service_fee")
    said = {
        "lot": lot.pk,
        "features": features,
        "hold": lot.hold_minutes,
        "hourly": fitting.hourly_price_minor,
        "cap": fitting.day_cap_minor,
        "ahead": minutes_ahead(start, timezone.now()),
        "start": int(start.timestamp()),
        "end": int(end.timestamp()),
        "amount": amount.minor,
        "currency": amount.currency,
    }
    return LotQuote(lot, start, end, lines, amount, fee, fitting, quotes.sign(said))


def wish_of(said: dict[str, Any], renter: Member) -> Wish:
    """What a lot's token asks for."""
    return Wish(said["lot"], said["features"], said["hourly"], said["cap"], renter.pk, said["ahead"])
