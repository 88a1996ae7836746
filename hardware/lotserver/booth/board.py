"""What the booth page shows: read from the lot's own store, so that it is true whoever else is away."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hardware.lotserver import calls, contact
from hardware.lotserver.booth import gate_watch
from hardware.lotserver.booth.deeds import locks_of
from hardware.lotserver.booth.gate_watch import Waiting
from hardware.lotserver.calls import Call
from hardware.lotserver.config import ServerConfig
from hardware.lotserver.records import LockTwin
from hardware.lotserver.store import Store

CONTACT_LATE = 120
"""Seconds without a word of the platform after which it counts as away: it is asked every half minute."""
AHEAD = 12 * 3600
MOST_EXPECTED = 50
MOST_ORDERS = 8
_ORDERS = """
SELECT o.occurred_at, o.payload, (SELECT json_extract(r.payload, '$.outcome') || '/' ||
    json_extract(r.payload, '$.detail') FROM outbox r WHERE r.kind = 'command_result' AND r.sequence > o.sequence
    AND json_extract(r.payload, '$.command') = json_extract(o.payload, '$.command'))
FROM outbox o WHERE o.kind = 'staff_order' AND o.occurred_at > ? ORDER BY o.sequence DESC LIMIT ?
"""
_INSIDE = """
SELECT p.plate, g.spot, g.name, g.valid_until, p.state FROM presence p LEFT JOIN access_grant g ON g.id = p.grant_id
ORDER BY g.valid_until
"""
_EXPECTED = """
SELECT plates, spot, name, valid_from, valid_until FROM access_grant WHERE state = 'active' AND valid_until > ?
AND valid_from < ? AND id NOT IN (SELECT grant_id FROM presence)
AND id NOT IN (SELECT grant_id FROM card) ORDER BY valid_from, id LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Inside:
    plate: str
    spot: str
    name: str
    until: int
    state: str


@dataclass(frozen=True, slots=True)
class Expected:
    plates: tuple[str, ...]
    spot: str
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Ordered:
    """``outcome`` done, failed or refused, with ``detail``; both empty while it is under way."""

    at: int
    kind: str
    place: str
    name: str
    reason: str
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class Board:
    """Times in Unix seconds. ``connected``: the platform was heard; ``current``: cars still come in by themselves."""

    now: int
    contact: int
    connected: bool
    current: bool
    untold: int
    calls: list[Call]
    waiting: list[Waiting]
    inside: list[Inside]
    expected: list[Expected]
    locks: list[LockTwin]
    orders: list[Ordered]


def board(store: Store, config: ServerConfig) -> Board:
    now = store.now()
    heard = contact.last_contact(store)
    return Board(
        int(now),
        heard,
        now - heard <= CONTACT_LATE,
        contact.is_current(store, now),
        max(0, store.last_sequence - store.taken_through),
        calls.open_calls(store),
        gate_watch.waiting(store),
        [Inside(plate, spot or "", name or "", until or 0, state) for plate, spot, name, until, state
         in store.rows(_INSIDE)],
        _expected(store, now),
        [store.lock(spot) for spot in locks_of(config)],
        orders(store, now),
    )  # fmt: skip


def _expected(store: Store, now: float) -> list[Expected]:
    rows = store.rows(_EXPECTED, now, now + AHEAD, MOST_EXPECTED)
    return [Expected(tuple(json.loads(row[0])), *row[1:]) for row in rows]


def orders(store: Store, now: float) -> list[Ordered]:
    """Of the last hour, newest first."""
    found = []
    for at, text, result in store.rows(_ORDERS, int((now - 3600) * 1000), MOST_ORDERS):
        said = json.loads(text)
        outcome, _, detail = (result or "").partition("/")
        place = said["spot"] or said["gate"]
        found.append(Ordered(at // 1000, said["deed"], place, said["name"], said["reason"], outcome, detail))
    return found
