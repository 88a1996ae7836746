"""What the bank does with orders: open, pay, close, pay back. Times are Unix seconds."""

from __future__ import annotations

import secrets
import sqlite3
import time
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from berth.kernel.canonical import canonical_json
from finance.sandbox_cashier.store import Store


class Refusal(Exception):
    """The bank does not do it; ``code`` goes to the merchant with the HTTP status."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class Manner(StrEnum):
    """How the person at the cashier pays: as it should be, and as it goes wrong in life."""

    NORMAL = "pay"
    UNTOLD = "pay_untold"
    """The merchant is never notified and has to ask."""
    TOLD_TWICE = "pay_told_twice"
    LATE = "pay_late"
    """The money arrives after the order has been closed or has expired."""


COPIES = {Manner.NORMAL: 1, Manner.UNTOLD: 0, Manner.TOLD_TWICE: 2, Manner.LATE: 1}


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What the merchant asks for; ``id`` is the merchant's number."""

    id: str
    title: str
    amount_minor: int
    currency: str
    notify_url: str
    return_url: str
    expires_at: int
    language: str


@dataclass(frozen=True, slots=True)
class PastOrder:
    """What is left of an order that was paid long ago."""

    id: str
    number: str
    title: str
    amount_minor: int
    currency: str
    paid_at: int


@dataclass(frozen=True, slots=True)
class Order(NewOrder):
    """``token`` is the secret part of the cashier page's address."""

    number: str
    token: str
    state: str
    pays_late: int
    created_at: int
    paid_at: int | None


_COLUMNS = ", ".join(field.name for field in fields(Order))
_LATE = f"SELECT {_COLUMNS} FROM orders WHERE pays_late = 1 AND state = 'closed'"  # noqa: S608


class Orders:
    """The bank's orders in its store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, new: NewOrder) -> Order:
        """The order; the same request again finds it, another sum under its number is refused."""
        with self._store.write() as db:
            known = _find(db, "id", new.id)
            if known is None:
                return _insert(db, new)
        if (known.amount_minor, known.currency) != (new.amount_minor, new.currency):
            raise Refusal("order_exists", 409)
        return known

    def remember(self, past: PastOrder) -> None:
        """Keep an order that was paid before this bank opened; one that is known stays as it is."""
        row = asdict(past) | {
            "token": secrets.token_urlsafe(32),
            "created_at": past.paid_at,
            "expires_at": past.paid_at,
        }
        row |= {"state": "paid", "notify_url": "", "return_url": "", "language": ""}
        with self._store.write() as db:
            marks = ", ".join("?" * len(row))
            statement = f"INSERT INTO orders ({', '.join(row)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608
            db.execute(statement, list(row.values()))

    def by_id(self, order_id: str) -> Order:
        """Raises Refusal (unknown_order)."""
        return self._get("id", order_id)

    def by_token(self, token: str) -> Order:
        """Raises Refusal (unknown_order)."""
        return self._get("token", token)

    def pay(self, token: str, manner: Manner) -> Order:
        """Take the money, unless the order is paid already or takes none any more; the state tells."""
        with self._store.write() as db:
            order = _find(db, "token", token)
            if order is None:
                raise Refusal("unknown_order", 404)
            if order.state != "open":
                return order
            if manner is Manner.LATE:
                db.execute("UPDATE orders SET pays_late = 1 WHERE id = ?", [order.id])
            else:
                _take_money(db, order, COPIES[manner])
            return _find(db, "id", order.id) or order

    def close(self, order_id: str) -> Order:
        """Take no more money for it, unless it is paid."""
        with self._store.write() as db:
            _expire(db)
            db.execute("UPDATE orders SET state = 'closed' WHERE id = ? AND state = 'open'", [order_id])
        return self.by_id(order_id)

    def take_late_money(self) -> int:
        """Pay the closed orders whose payer wanted to be late; how many there were."""
        with self._store.write() as db:
            _expire(db)
            rows = db.execute(_LATE).fetchall()
            for row in rows:
                _take_money(db, Order(**dict(row)), COPIES[Manner.LATE])
        return len(rows)

    def refund(self, number: str, order_id: str, amount_minor: int, reason: str) -> dict[str, Any]:
        """Pay back once per number; never more than was paid."""
        with self._store.write() as db:
            order = _find(db, "id", order_id)
            if order is None:
                raise Refusal("unknown_order", 404)
            known = db.execute("SELECT order_id, amount_minor FROM refunds WHERE number = ?", [number]).fetchone()
            if known is None:
                _pay_back(db, order, number, amount_minor, reason)
            elif tuple(known) != (order_id, amount_minor):
                raise Refusal("refund_exists", 409)
        return {"refund": number, "order": order_id, "amount_minor": amount_minor, "state": "succeeded"}

    def _get(self, column: str, value: str) -> Order:
        with self._store.write() as db:
            _expire(db)
            order = _find(db, column, value)
        if order is None:
            raise Refusal("unknown_order", 404)
        return order


def _find(db: sqlite3.Connection, column: str, value: str) -> Order | None:
    row = db.execute(f"SELECT {_COLUMNS} FROM orders WHERE {column} = ?", [value]).fetchone()  # noqa: S608
    return None if row is None else Order(**dict(row))


def _insert(db: sqlite3.Connection, new: NewOrder) -> Order:
    now = int(time.time())
    if new.expires_at <= now:
        raise Refusal("expired", 400)
    row = {field.name: getattr(new, field.name) for field in fields(NewOrder)}
    row |= {"number": f"SB{now}{secrets.randbelow(10**8):08}", "token": secrets.token_urlsafe(32), "created_at": now}
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT INTO orders ({', '.join(row)}) VALUES ({marks})", list(row.values()))  # noqa: S608
    return Order(**row, state="open", pays_late=0, paid_at=None)


def _expire(db: sqlite3.Connection) -> None:
    db.execute("UPDATE orders SET state = 'closed' WHERE state = 'open' AND expires_at <= ?", [int(time.time())])


def _take_money(db: sqlite3.Connection, order: Order, copies: int) -> None:
    """The order is paid and the notification waits to be sent: both or neither."""
    now = int(time.time())
    event_id = f"ev_{secrets.token_hex(16)}"
    body = canonical_json(
        {
            "event": event_id,
            "type": "payment.succeeded",
            "order": order.id,
            "number": order.number,
            "amount_minor": order.amount_minor,
            "currency": order.currency,
            "paid_at": now,
        }
    )
    db.execute("UPDATE orders SET state = 'paid', paid_at = ?, pays_late = 0 WHERE id = ?", [now, order.id])
    db.execute(
        "INSERT INTO notifications (event_id, order_id, body, copies_left, next_at) VALUES (?, ?, ?, ?, ?)",
        [event_id, order.id, body, copies, float(now)],
    )


def _pay_back(db: sqlite3.Connection, order: Order, number: str, amount_minor: int, reason: str) -> None:
    done = db.execute("SELECT coalesce(sum(amount_minor), 0) FROM refunds WHERE order_id = ?", [order.id]).fetchone()[0]
    if order.state != "paid":
        raise Refusal("not_paid", 409)
    if done + amount_minor > order.amount_minor:
        raise Refusal("more_than_paid", 409)
    db.execute(
        "INSERT INTO refunds (number, order_id, amount_minor, reason, refunded_at) VALUES (?, ?, ?, ?, ?)",
        [number, order.id, amount_minor, reason, int(time.time())],
    )
