"""What the bank does with transfers: each number once, at once, later or never, as the account's number has it.

An account that ends in 0000 is closed: the transfer fails. One that ends in 1111 belongs to a slow bank: its transfer
is pending for SLOW seconds. All others are paid at once.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import astuple, dataclass
from typing import Any

from finance.sandbox_cashier.orders import Refusal
from finance.sandbox_cashier.store import Store

SLOW = 30
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """What the merchant asks for; ``id`` is the merchant's number."""

    id: str
    amount_minor: int
    currency: str
    channel: str
    holder: str
    account: str


def transfer(store: Store, wanted: Transfer) -> dict[str, Any]:
    """Send it, or tell how it went. Raises Refusal (transfer_exists for another transfer under the number)."""
    now = int(time.time())
    with store.write() as db:
        known = db.execute("SELECT * FROM transfers WHERE id = ?", [wanted.id]).fetchone()
        if known is None:
            _insert(db, wanted, now)
        elif tuple(known)[: len(astuple(wanted))] != astuple(wanted):
            raise Refusal("transfer_exists", 409)
        _finish_slow(db, now)
        state, reason = db.execute("SELECT state, reason FROM transfers WHERE id = ?", [wanted.id]).fetchone()
    return {"transfer": wanted.id, "state": state, "reason": reason}


def _insert(db: sqlite3.Connection, wanted: Transfer, now: int) -> None:
    state, reason = "paid", ""
    if wanted.account.endswith("0000"):
        state, reason = "failed", "the account is closed"
    elif wanted.account.endswith("1111"):
        state = "pending"
    db.execute(
        "INSERT INTO transfers"
        " (id, amount_minor, currency, channel, holder, account, state, reason, asked_at, finished_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [*astuple(wanted), state, reason, now, None if state == "pending" else now],
    )


def _finish_slow(db: sqlite3.Connection, now: int) -> None:
    db.execute(
        "UPDATE transfers SET state = 'paid', finished_at = ? WHERE state = 'pending' AND asked_at <= ?",
        [now, now - SLOW],
    )
