"""What a lot server knows, on its own disk: grants, events to tell, cards, who is inside. SQLite in WAL mode.

Everything that belongs together is written in one transaction, and a transaction that has returned survives any kill
and any power cut (synchronous=FULL). One connection, one writer at a time; it may be used from every thread.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from hardware.event_kinds import EventKind
from hardware.gates.reading import Reading

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, occurred_at INTEGER NOT NULL,
    payload TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS access_grant (
    id TEXT PRIMARY KEY, revision INTEGER NOT NULL, state TEXT NOT NULL, spot TEXT NOT NULL, plates TEXT NOT NULL,
    member INTEGER NOT NULL, language TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_until INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS grants_by_end ON access_grant (state, valid_until);
CREATE TABLE IF NOT EXISTS card (
    uid TEXT PRIMARY KEY, issue INTEGER NOT NULL, state TEXT NOT NULL, grant_id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS presence (
    grant_id TEXT PRIMARY KEY, plate TEXT NOT NULL, card TEXT NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL,
    gate TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reading (
    number INTEGER PRIMARY KEY, gate TEXT NOT NULL, event TEXT NOT NULL, plate TEXT NOT NULL,
    confidence INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS lock_twin (
    spot TEXT PRIMARY KEY, commanded TEXT NOT NULL, acknowledged TEXT NOT NULL, vehicle INTEGER NOT NULL,
    battery_low INTEGER NOT NULL, grant_id TEXT, raise_wanted INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (
    source TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, note TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (source, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_by_time ON seen (at);
"""
SEEN_KEPT = 7 * 24 * 3600
"""Seconds for which it is remembered that something has been dealt with."""
MOST_READINGS = 20
"""Readings that may wait at a gate; of more the oldest go, whose cars have long been seen to."""
LOCK_PATIENCE = 10.0
"""Seconds for which a lot server waits until the one before it has let go of the store."""


class StoreInUse(OSError):
    """Another lot server has this store, and so this lot's lines and gates."""


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """Times are Unix seconds; valid in [valid_from, valid_until)."""

    id: str
    revision: int
    active: bool
    spot: str
    plates: tuple[str, ...]
    member: int
    language: str
    valid_from: int
    valid_until: int

    def valid_at(self, now: float) -> bool:
        return self.active and self.valid_from <= now < self.valid_until


@dataclass(frozen=True, slots=True)
class StoredCard:
    uid: str
    issue: int
    state: str
    """issued, returned or revoked."""
    grant_id: str


@dataclass(frozen=True, slots=True)
class Presence:
    """A car inside. ``state`` is entering (it is being let in at ``gate``; no ``card`` yet: none is out) or inside."""

    grant_id: str
    plate: str
    card: str
    state: str
    gate: str = ""


@dataclass(frozen=True, slots=True)
class LockTwin:
    """A lock as it was told to be and as it says it is (SpotLock.Position values)."""

    spot: str
    commanded: str = "raised"
    acknowledged: str = "unknown"
    vehicle: bool = False
    battery_low: bool = False
    grant_id: str | None = None
    raise_wanted: bool = False


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    sequence: int
    kind: str
    occurred_at: int
    """Unix milliseconds."""
    payload: dict[str, Any]


class Store:
    """``with store.writing() as write:`` for what belongs together; the reading methods may be called at any time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._lock_file = _lock(path.with_name(path.name + ".lock"))
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA busy_timeout=5000")
        self._connection.executescript(SCHEMA)
        self._upgrade()
        self._guard = threading.RLock()
        self.event_added = threading.Event()
        """Set when an event has been committed; the uplink clears it."""

    def _upgrade(self) -> None:
        """Stores of earlier versions lack columns."""
        if "gate" not in {row[1] for row in self._connection.execute("PRAGMA table_info(presence)")}:
            self._connection.execute("ALTER TABLE presence ADD COLUMN gate TEXT NOT NULL DEFAULT ''")

    def close(self) -> None:
        with self._guard:
            self._connection.close()
            self._lock_file.close()

    @contextmanager
    def writing(self) -> Iterator[Write]:
        """A transaction: all of it or nothing. What it raises, also at its end (a full disk), leaves nothing behind."""
        with self._guard:
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

    # --- reading ----------------------------------------------------------------------------------

    def _all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._guard:
            return self._connection.execute(query, values).fetchall()

    def meta(self, name: str, default: str = "") -> str:
        rows = self._all("SELECT value FROM meta WHERE name = ?", name)
        return str(rows[0][0]) if rows else default

    @property
    def grants_revision(self) -> int:
        return int(self.meta("grants_revision", "0"))

    def grant(self, grant_id: str) -> StoredGrant | None:
        rows = self._all("SELECT * FROM access_grant WHERE id = ?", grant_id)
        return _grant(rows[0]) if rows else None

    def expected(self, now: float) -> dict[str, StoredGrant]:
        """Grants valid now whose car is not inside, by id."""
        rows = self._all(
            "SELECT * FROM access_grant WHERE state = 'active' AND valid_from <= ? AND valid_until > ?"
            " AND id NOT IN (SELECT grant_id FROM presence) ORDER BY valid_from, id",
            now,
            now,
        )
        return {row[0]: _grant(row) for row in rows}

    def card(self, uid: str) -> StoredCard | None:
        rows = self._all("SELECT uid, issue, state, grant_id FROM card WHERE uid = ?", uid)
        return StoredCard(*rows[0]) if rows else None

    def card_out(self, grant_id: str) -> str:
        """UID of the card that was last made for a grant; empty where there is none."""
        rows = self._all("SELECT uid FROM card WHERE grant_id = ? AND state = 'issued'", grant_id)
        return str(rows[0][0]) if rows else ""

    def readings(self, gate: str) -> list[tuple[int, Reading, int]]:
        """What a gate's camera saw and nobody has finished with, oldest first: number, reading, Unix time."""
        rows = self._all(
            "SELECT number, event, plate, confidence, at FROM reading WHERE gate = ? ORDER BY number", gate
        )
        return [(number, Reading(event, plate, confidence), at) for number, event, plate, confidence, at in rows]

    def inside(self) -> list[Presence]:
        return [Presence(*row) for row in self._all("SELECT grant_id, plate, card, state, gate FROM presence")]

    def lock(self, spot: str) -> LockTwin:
        rows = self._all("SELECT * FROM lock_twin WHERE spot = ?", spot)
        return _twin(rows[0]) if rows else LockTwin(spot)

    def locks_to_raise(self) -> list[LockTwin]:
        return [_twin(r) for r in self._all("SELECT * FROM lock_twin WHERE raise_wanted = 1")]

    def note_of(self, source: str, key: str) -> str | None:
        """What was noted when this was dealt with; None if it has not been."""
        rows = self._all("SELECT note FROM seen WHERE source = ? AND id = ?", source, key)
        return str(rows[0][0]) if rows else None

    def unnoted(self, source: str) -> list[str]:
        """Keys of what was begun and never noted as done."""
        return [str(row[0]) for row in self._all("SELECT id FROM seen WHERE source = ? AND note = ''", source)]

    @property
    def last_sequence(self) -> int:
        """The highest sequence that any event has had."""
        rows = self._all("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
        return int(rows[0][0]) if rows else 0

    def events(self, limit: int = 100) -> list[OutboxEvent]:
        """The oldest events that the platform has not taken."""
        rows = self._all("SELECT sequence, kind, occurred_at, payload FROM outbox ORDER BY sequence LIMIT ?", limit)
        return [OutboxEvent(row[0], row[1], row[2], json.loads(row[3])) for row in rows]


def _grant(row: tuple[Any, ...]) -> StoredGrant:
    return StoredGrant(row[0], row[1], row[2] == "active", row[3], tuple(json.loads(row[4])), *row[5:])


def _twin(row: tuple[Any, ...]) -> LockTwin:
    return LockTwin(row[0], row[1], row[2], bool(row[3]), bool(row[4]), row[5], bool(row[6]))


class Write:
    """The writes of one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.events_added = False

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
            "INSERT OR REPLACE INTO access_grant VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, grant.member, grant.language, grant.valid_from, grant.valid_until),
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

    def forget_events_through(self, sequence: int) -> None:
        self._connection.execute("DELETE FROM outbox WHERE sequence <= ?", (sequence,))

    def continue_after(self, sequence: int) -> None:
        """The platform has had events up to ``sequence`` from a store before this one: number what is kept after it."""
        self._connection.execute("UPDATE outbox SET sequence = -(sequence + ?)", (sequence,))
        self._connection.execute("UPDATE outbox SET sequence = -sequence")
        self._connection.execute("DELETE FROM sqlite_sequence WHERE name = 'outbox'")
        self._connection.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox', MAX(?, COALESCE(MAX(sequence), 0)) FROM outbox",
            (sequence,),
        )


def _lock(path: Path) -> IO[bytes]:
    """Hold the file locked until it is closed, or its process ends in whatever way."""
    file = path.open("ab")
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        if time.monotonic() > deadline:
            file.close()
            raise StoreInUse(f"{path.parent}: another lot server runs here")
        time.sleep(0.1)
