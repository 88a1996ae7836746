"""The statement of a day, as banks let merchants fetch it the next morning."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from finance.sandbox_cashier.orders import Refusal
from finance.sandbox_cashier.store import Store

ZONE = ZoneInfo("Asia/Shanghai")
"""Where the bank's day begins and ends."""

_ROWS = """
SELECT 'payment' AS kind, number AS reference, id AS ours, amount_minor, currency, paid_at AS booked_at
    FROM orders WHERE paid_at >= :begin AND paid_at < :end
UNION ALL
SELECT 'refund', refunds.number, refunds.number, -refunds.amount_minor, orders.currency, refunded_at
    FROM refunds JOIN orders ON orders.id = refunds.order_id WHERE refunded_at >= :begin AND refunded_at < :end
UNION ALL
SELECT 'transfer', id, id, -amount_minor, currency, finished_at
    FROM transfers WHERE state = 'paid' AND finished_at >= :begin AND finished_at < :end
ORDER BY booked_at, kind, reference
"""


def statement_of(store: Store, day: str) -> dict[str, Any]:
    """Rows of ``day`` (YYYY-MM-DD) in minor units; refunds and transfers are negative. Raises Refusal (bad_date)."""
    try:
        begin = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=ZONE)
    except ValueError as error:
        raise Refusal("bad_date", 400) from error
    limits = {"begin": begin.timestamp(), "end": (begin + timedelta(days=1)).timestamp()}
    with store.read() as db:
        rows = [dict(row) for row in db.execute(_ROWS, limits)]
    return {"date": day, "rows": rows}
