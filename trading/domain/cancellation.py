"""How much comes back when the renter cancels. Rule: PRODUCT.md, business rules, "standard". Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

GRACE = timedelta(minutes=15)
"""After booking, for mistakes: everything comes back, if the time has not begun."""
LADDER = ((timedelta(hours=48), 100), (timedelta(hours=24), 75), (timedelta(0), 50))
"""Time left before the start → percent that comes back."""


@dataclass(frozen=True, slots=True)
class Terms:
    """``refund_minor`` comes back; of what stays, ``kept_fee_minor`` is the service fee's part."""

    percent: int
    refund_minor: int
    kept_fee_minor: int
    in_grace: bool


def terms(*, amount_minor: int, fee_minor: int, start: datetime, confirmed_at: datetime, now: datetime) -> Terms:
    """What cancelling now gives back. Halves of a minor unit are rounded in the renter's favour."""
    in_grace = now < start and now < confirmed_at + GRACE
    percent = 100 if in_grace else percent_back(start - now)
    return Terms(percent, _share(amount_minor, percent), fee_minor - _share(fee_minor, percent), in_grace)


def percent_back(left: timedelta) -> int:
    """Of the ladder alone; 0 once the time has begun."""
    if left <= timedelta(0):
        return 0
    return next((percent for least, percent in LADDER if left >= least), 0)


def _share(amount: int, percent: int) -> int:
    return (amount * percent + 50) // 100
