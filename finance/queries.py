"""What pages and reports read."""

from __future__ import annotations

from django.db.models import Sum

from finance.models import Account


def trial_balance() -> dict[str, int]:
    """Currency → sum of all balances in minor units: zero, or the books are broken."""
    sums = Account.objects.values("currency").annotate(total=Sum("balance_minor")).order_by("currency")
    return {row["currency"]: int(row["total"]) for row in sums}
