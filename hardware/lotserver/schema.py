"""The tables of a lot server's store, and how stores of earlier versions become like them."""

from __future__ import annotations

import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, occurred_at INTEGER NOT NULL,
    payload TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS access_grant (
    id TEXT PRIMARY KEY, revision INTEGER NOT NULL, state TEXT NOT NULL, spot TEXT NOT NULL, plates TEXT NOT NULL,
    member INTEGER NOT NULL, language TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_until INTEGER NOT NULL,
    name TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
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
CREATE TABLE IF NOT EXISTS call (
    id TEXT PRIMARY KEY, raised_at INTEGER NOT NULL, reason TEXT NOT NULL, place TEXT NOT NULL, spot TEXT,
    grant_id TEXT, state TEXT NOT NULL, taken_by TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '')
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS staff (
    member INTEGER PRIMARY KEY, name TEXT NOT NULL, language TEXT NOT NULL, pin TEXT NOT NULL) WITHOUT ROWID;
"""
ADDED_COLUMNS = (("presence", "gate", "TEXT NOT NULL DEFAULT ''"), ("access_grant", "name", "TEXT NOT NULL DEFAULT ''"))


def prepare(connection: sqlite3.Connection) -> None:
    """Make what is missing: tables, and columns that stores of earlier versions lack."""
    connection.executescript(SCHEMA)
    for table, column, definition in ADDED_COLUMNS:
        if column not in {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {definition}")
