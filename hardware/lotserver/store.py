"""What a lot server knows, on its own disk: grants, events to tell, cards, who is inside. SQLite in WAL mode.

Everything that belongs together is written in one transaction, and a transaction that has returned survives any kill
and any power cut (synchronous=FULL). One connection, one writer at a time; it may be used from every thread.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hardware.event_kinds import EventKind
from hardware.gates.reading import Reading
from hardware.lotserver import schema
from hardware.lotserver.clock import LotClock
from hardware.lotserver.records import LockTwin, OutboxEvent, Presence, StoredCard, StoredGrant
from hardware.lotserver.store_files import Reserve, StoreInUse, hold, set_aside_if_broken

__all__ = [
    "LockTwin",
    "OutboxEvent",
    "Presence",
    "Store",
    "StoreInUse",
    "StoredCard",
    "StoredGrant",
    "Write",
]

SEEN_KEPT = 7 * 24 * 3600
"""Seconds for which it is remembered that something has been dealt with."""
MOST_READINGS = 20
"""Readings that may wait at a gate; of more the oldest go, whose cars have long been seen to."""
KEPT_TAKEN = 48 * 3600
"""Seconds for which events that the platform has taken are kept: one restored from a backup asks for them again."""
MOST_KEPT = 50_000
"""Events of those that are kept at most."""


class Store:
    """``with store.writing() as write:`` for what belongs together; the reading methods may be called at any time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock_file = hold(path.with_name(path.name + ".lock"))
        self.set_aside = set_aside_if_broken(path)
        """Where a damaged store was put, of which this one takes the place."""
        path.touch(mode=0o600)
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA busy_timeout=5000")
        self._connection.execute("PRAGMA cache_size=-8000")
        schema.prepare(self._connection)
        self._guard = threading.RLock()
        self._reserve = Reserve(path.with_name(path.name + ".reserve"))
        self.event_added = threading.Event()
        """Set when an event has been committed; the uplink clears it."""
        self._changes = 0
        self._changed = threading.Condition()
        self.clock = LotClock(float(self.meta("time_known", "0")))
        self._connection.execute(
            "INSERT OR IGNORE INTO meta (name, value) VALUES ('contact', ?)", (str(int(self.clock.now())),)
        )

    def close(self) -> None:
        with self._guard:
            self._connection.close()
            self._lock_file.close()

    def now(self) -> float:
        """The lot's time in Unix seconds: of a clock that does not jump."""
        return self.clock.now()

    @contextmanager
    def writing(self, *, urgent: bool = False) -> Iterator[Write]:
        """A transaction: all of it or nothing. What it raises, also at its end (a full disk), leaves nothing behind.

        ``urgent`` (calls for help, and what makes room) may use the reserve of a full disk; others get StoreFull.
        """
        with self._guard:
            self._reserve.ask(urgent=urgent)
            self._connection.execute("BEGIN IMMEDIATE")
            write = Write(self._connection)
            try:
                yield write
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        if write.events_added:
            self.event_added.set()
            self.tell_change()

    def tell_change(self) -> None:
        """Wake who waits for something to show."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def wait_for_change(self, seen: int, seconds: float) -> int:
        """Wait until there have been other than ``seen`` changes, at most so long; how many there have been."""
        with self._changed:
            self._changed.wait_for(lambda: self._changes != seen, seconds)
            return self._changes

    # --- reading ----------------------------------------------------------------------------------

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query gives; for the modules that keep tables of their own here."""
        with self._guard:
            return self._connection.execute(query, values).fetchall()

    def meta(self, name: str, default: str = "") -> str:
        rows = self.rows("SELECT value FROM meta WHERE name = ?", name)
        return str(rows[0][0]) if rows else default

    @property
    def grants_revision(self) -> int:
        return int(self.meta("grants_revision", "0"))

    def grant(self, grant_id: str) -> StoredGrant | None:
        rows = self.rows("SELECT * FROM access_grant WHERE id = ?", grant_id)
        return grant_of(rows[0]) if rows else None

    def expected(self, now: float, *, ended_within: float = 0.0) -> dict[str, StoredGrant]:
        """Grants valid now, or ended less than ``ended_within`` s ago, whose car is not inside, by id."""
        rows = self.rows(
            "SELECT * FROM access_grant WHERE state = 'active' AND valid_from <= ? AND valid_until > ?"
            " AND id NOT IN (SELECT grant_id FROM presence) ORDER BY valid_from, id",
            now,
            now - ended_within,
        )
        return {row[0]: grant_of(row) for row in rows}

    def card(self, uid: str) -> StoredCard | None:
        rows = self.rows("SELECT uid, issue, state, grant_id FROM card WHERE uid = ?", uid)
        return StoredCard(*rows[0]) if rows else None

    def card_out(self, grant_id: str) -> str:
        """UID of the card that was last made for a grant; empty where there is none."""
        rows = self.rows("SELECT uid FROM card WHERE grant_id = ? AND state = 'issued'", grant_id)
        return str(rows[0][0]) if rows else ""

    def cards_out(self, grant_id: str) -> list[StoredCard]:
        """Every card that was made for a grant and is not back or void."""
        query = "SELECT uid, issue, state, grant_id FROM card WHERE grant_id = ? AND state = 'issued' ORDER BY uid"
        return [StoredCard(*row) for row in self.rows(query, grant_id)]

    def readings(self, gate: str) -> list[tuple[int, Reading, int]]:
        """What a gate's camera saw and nobody has finished with, oldest first: number, reading, Unix time."""
        rows = self.rows(
            "SELECT number, event, plate, confidence, at FROM reading WHERE gate = ? ORDER BY number", gate
        )
        return [(number, Reading(event, plate, confidence), at) for number, event, plate, confidence, at in rows]

    def inside(self) -> list[Presence]:
        return [Presence(*row) for row in self.rows("SELECT grant_id, plate, card, state, gate FROM presence")]

    def is_inside(self, grant_id: str) -> bool:
        return bool(self.rows("SELECT 1 FROM presence WHERE grant_id = ?", grant_id))

    def lock(self, spot: str) -> LockTwin:
        rows = self.rows("SELECT * FROM lock_twin WHERE spot = ?", spot)
        return _twin(rows[0]) if rows else LockTwin(spot)

    def locks_to_raise(self) -> list[LockTwin]:
        return [_twin(r) for r in self.rows("SELECT * FROM lock_twin WHERE raise_wanted = 1")]

    def note_of(self, source: str, key: str) -> str | None:
        """What was noted when this was dealt with; None if it has not been."""
        rows = self.rows("SELECT note FROM seen WHERE source = ? AND id = ?", source, key)
        return str(rows[0][0]) if rows else None

    def unnoted(self, source: str) -> list[str]:
        """Keys of what was begun and never noted as done."""
        return [str(row[0]) for row in self.rows("SELECT id FROM seen WHERE source = ? AND note = ''", source)]

    @property
    def last_sequence(self) -> int:
        """The highest sequence that any event has had."""
        rows = self.rows("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
        return int(rows[0][0]) if rows else 0

    @property
    def taken_through(self) -> int:
        """The platform has every event up to this sequence."""
        return int(self.meta("taken_through", "0"))

    @property
    def oldest_sequence(self) -> int:
        """The first event that is still here; the next one's sequence where there is none."""
        rows = self.rows("SELECT MIN(sequence) FROM outbox")
        return int(rows[0][0]) if rows[0][0] is not None else self.last_sequence + 1

    def events(self, limit: int = 100) -> list[OutboxEvent]:
        """The oldest events that the platform has not taken."""
        rows = self.rows(
            "SELECT sequence, kind, occurred_at, payload FROM outbox WHERE sequence > ? ORDER BY sequence LIMIT ?",
            self.taken_through,
            limit,
        )
        return [OutboxEvent(row[0], row[1], row[2], json.loads(row[3])) for row in rows]


def grant_of(row: tuple[Any, ...]) -> StoredGrant:
    """From a row of access_grant."""
    return StoredGrant(row[0], row[1], row[2] == "active", row[3], tuple(json.loads(row[4])), *row[5:])


def _twin(row: tuple[Any, ...]) -> LockTwin:
    return LockTwin(row[0], row[1], row[2], bool(row[3]), bool(row[4]), row[5], bool(row[6]))


class Write:
    """The writes of one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.events_added = False

    def run(self, statement: str, *values: Any) -> int:
        """For the modules that keep tables of their own here; how many rows it touched."""
        return self._connection.execute(statement, values).rowcount

    def event(self, kind: EventKind, occurred_at: float, **payload: Any) -> None:
        """Something to tell the platform; ``occurred_at`` in Unix seconds."""
        self._connection.execute(
            "INSERT INTO outbox (kind, occurred_at, payload) VALUES (?, ?, ?)",
            (kind.value, int(occurred_at * 1000), json.dumps(payload, ensure_ascii=False)),
        )
        self.events_added = True

    def first_time(self, source: str, key: str, at: float, note: str = "", *, within: int = SEEN_KEPT) -> bool:
        """Remember that this has been dealt with; False where it had been already, in the last ``within`` seconds."""
        self._connection.execute(
            "DELETE FROM seen WHERE at < ? OR (source = ? AND id = ? AND at < ?)",
            (int(at) - SEEN_KEPT, source, key, int(at) - within),
        )
        cursor = self._connection.execute(
            "INSERT INTO seen (source, id, at, note) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (source, key, int(at), note),
        )
        return cursor.rowcount == 1

    def improves(self, source: str, key: str, note: str, order: tuple[str, ...]) -> bool:
        """Note what comes later in ``order`` than what was noted before; False, and nothing, otherwise."""
        query = "SELECT note FROM seen WHERE source = ? AND id = ?"
        row = self._connection.execute(query, (source, key)).fetchone()
        if row is None or row[0] not in order[: order.index(note)]:
            return False
        self.note(source, key, note)
        return True

    def note(self, source: str, key: str, note: str) -> None:
        self._connection.execute("UPDATE seen SET note = ? WHERE source = ? AND id = ?", (note, source, key))

    def meta(self, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, value))

    def grant(self, grant: StoredGrant) -> None:
        values = (
            grant.id,
            grant.revision,
            "active" if grant.active else "revoked",
            grant.spot,
            json.dumps(grant.plates),
        )
        self._connection.execute(
            "INSERT OR REPLACE INTO access_grant VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, grant.member, grant.language, grant.valid_from, grant.valid_until, grant.name),
        )

    def forget_grants_ended_before(self, at: float) -> None:
        """Old grants go, but for those whose car is still inside."""
        self._connection.execute(
            "DELETE FROM access_grant WHERE valid_until < ? AND id NOT IN (SELECT grant_id FROM presence)", (int(at),)
        )

    def card(self, card: StoredCard) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO card (uid, issue, state, grant_id) VALUES (?, ?, ?, ?)",
            (card.uid, card.issue, card.state, card.grant_id),
        )

    def presence(self, presence: Presence, at: float) -> None:
        self._presence("INSERT OR REPLACE", presence, at)

    def claim(self, presence: Presence, at: float) -> bool:
        """Let this car in, and no other with its grant: False where one is in already, or about to be."""
        return self._presence("INSERT OR IGNORE", presence, at) == 1

    def _presence(self, verb: str, presence: Presence, at: float) -> int:
        return self._connection.execute(
            f"{verb} INTO presence (grant_id, plate, card, state, gate, since) VALUES (?, ?, ?, ?, ?, ?)",
            (presence.grant_id, presence.plate, presence.card, presence.state, presence.gate, int(at)),
        ).rowcount

    def reading(self, gate: str, reading: Reading, at: float) -> None:
        """Keep what a camera saw until it has been dealt with."""
        self._connection.execute(
            "INSERT INTO reading (gate, event, plate, confidence, at) VALUES (?, ?, ?, ?, ?)",
            (gate, reading.event, reading.plate, reading.confidence, int(at)),
        )
        self._connection.execute(
            "DELETE FROM reading WHERE gate = ?1 AND number NOT IN"
            " (SELECT number FROM reading WHERE gate = ?1 ORDER BY number DESC LIMIT ?2)",
            (gate, MOST_READINGS),
        )

    def forget_reading(self, number: int) -> None:
        self._connection.execute("DELETE FROM reading WHERE number = ?", (number,))

    def gone(self, grant_id: str) -> None:
        self._connection.execute("DELETE FROM presence WHERE grant_id = ?", (grant_id,))

    def lock(self, lock: LockTwin) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO lock_twin VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                lock.spot,
                lock.commanded,
                lock.acknowledged,
                lock.vehicle,
                lock.battery_low,
                lock.grant_id,
                lock.raise_wanted,
            ),
        )

    def events_taken_through(self, sequence: int) -> None:
        """The platform has them up to here; fewer than before where it was restored from a backup."""
        self.meta("taken_through", str(sequence))

    def forget_taken_events(self, now: float) -> None:
        """Those that no platform will ask for again."""
        self._connection.execute(
            "DELETE FROM outbox WHERE sequence <= (SELECT value + 0 FROM meta WHERE name = 'taken_through') AND"
            " (occurred_at < ? OR sequence <= (SELECT MAX(sequence) FROM outbox) - ?)",
            (int((now - KEPT_TAKEN) * 1000), MOST_KEPT),
        )

    def continue_after(self, sequence: int) -> None:
        """The platform has had events up to ``sequence`` from an earlier store: number what it lacks after it."""
        self._connection.execute(
            "DELETE FROM outbox WHERE sequence <= (SELECT value + 0 FROM meta WHERE name = 'taken_through')"
        )
        self._connection.execute("UPDATE outbox SET sequence = -(sequence + ?)", (sequence,))
        self._connection.execute("UPDATE outbox SET sequence = -sequence")
        self._connection.execute("DELETE FROM sqlite_sequence WHERE name = 'outbox'")
        self._connection.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox', MAX(?, COALESCE(MAX(sequence), 0)) FROM outbox",
            (sequence,),
        )
        self.events_taken_through(sequence)
