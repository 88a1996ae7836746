"""The bank's books: one SQLite file, written in whole transactions, so that a killed process resumes where it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE, token TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0), currency TEXT NOT NULL, notify_url TEXT NOT NULL,
    return_url TEXT NOT NULL, language TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'paid', 'closed')),
    pays_late INTEGER NOT NULL DEFAULT 0, paid_at INTEGER, CHECK ((state = 'paid') = (paid_at IS NOT NULL))
) STRICT;
CREATE TABLE IF NOT EXISTS refunds (
    number TEXT PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders (id), reason TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0), refunded_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS transfers (
    id TEXT PRIMARY KEY, amount_minor INTEGER NOT NULL CHECK (amount_minor > 0), currency TEXT NOT NULL,
    channel TEXT NOT NULL, holder TEXT NOT NULL, account TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('pending', 'paid', 'failed')), asked_at INTEGER NOT NULL, finished_at INTEGER,
    CHECK ((state = 'pending') = (finished_at IS NULL))
) STRICT;
CREATE TABLE IF NOT EXISTS notifications (
    event_id TEXT PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders (id), body BLOB NOT NULL,
    copies_left INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS notifications_due ON notifications (next_at) WHERE copies_left > 0;
"""


class Store:
    """Connections to the file, one for each piece of work, from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(SCHEMA)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction; the only writer while it lasts."""
        with closing(self._connect()) as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection to read from."""
        with closing(self._connect()) as db:
            yield db

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA synchronous = FULL")
        return db
