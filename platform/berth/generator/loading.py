"""COPY into tables that are made bare meanwhile: indexes and checks come back at once, which is many times faster.

All in the caller's transaction: after an error everything is as it was, constraints included. What comes back is
verified by PostgreSQL over all rows. Triggers rest too: history begins in its middle (a booking that is over was once
held, but not in this database).
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Model

from berth.generator.progress import Progress

BATCH = 20_000
NULL = "\\N"

_CONSTRAINTS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('f', 'x', 'u') ORDER BY contype DESC, conname
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
FROM pg_index x WHERE indrelid = ANY(%s::regclass[])
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x'))
ORDER BY 1
"""


@contextmanager
def bare(tables: Sequence[str], progress: Progress) -> Iterator[None]:
    """The tables without foreign keys, exclusions and indexes but the primary keys'. Inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(_CONSTRAINTS, [list(tables)])
        constraints = cursor.fetchall()
        for table, name, _definition in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(_INDEXES, [list(tables)])
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        statements = [definition for _name, definition in indexes]
        statements += [f"ALTER TABLE {table} ADD CONSTRAINT {name} {text}" for table, name, text in constraints]
        for statement in progress.over("indexes and constraints", statements, len(statements)):
            cursor.execute(statement)


class Lines(io.TextIOBase):
    """Lines as a file that COPY reads; never more than a batch in memory."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._rest = ""

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> str:
        if size is None or size < 0:
            size = 1 << 30
        while len(self._rest) < size:
            batch = "".join(islice(self._lines, BATCH))
            if not batch:
                break
            self._rest = self._rest + batch if self._rest else batch
        answer, self._rest = self._rest[:size], self._rest[size:]
        return answer


class Layout:
    """What is copied into a model's table: the named columns of each line, and for every other one its default."""

    def __init__(self, model: type[Model], names: Sequence[str], now: datetime) -> None:
        self.table = model._meta.db_table
        rest = [
            field
            for field in model._meta.concrete_fields
            if field.column not in names and not field.generated and not (field.primary_key and not field.has_default())
        ]
        self.columns = [*names, *(str(field.column) for field in rest)]
        self.suffix = "".join(f"\t{_default(field, now)}" for field in rest) + "\n"

    def copy(self, lines: Iterable[str]) -> None:
        """Lines of tab-separated values in COPY's text format, without newline."""
        sql = f"COPY {self.table} ({', '.join(connection.ops.quote_name(name) for name in self.columns)}) FROM STDIN"
        suffix = self.suffix
        with connection.cursor() as cursor:
            cursor.copy_expert(sql, Lines(line + suffix for line in lines), 1 << 20)


def _default(field: Any, now: datetime) -> str:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return now.isoformat()
    value = field.get_db_prep_save(field.get_default(), connection)
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    return json.dumps(value.adapted) if hasattr(value, "adapted") else str(value)


def set_sequences(tables: Iterable[str]) -> None:
    """New rows get ids after ours."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(1, (SELECT max(id) FROM {table})))",  # noqa: S608
                [table],
            )
