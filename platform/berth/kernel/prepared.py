"""Statements that the server plans once on a connection, for those that are asked often and take long to plan.

psycopg2 knows no server-side parameters: the statement is prepared by SQL at its first use on a connection, under a
name made of its text, and executed by that name from then on. A pooler before PostgreSQL has to keep sessions.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.utils import CursorWrapper

_PARAMETER = re.compile(r"%\((\w+)\)s")
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
"""The driver's connection → names of what is prepared on it."""


def execute_prepared(cursor: CursorWrapper, sql: str, values: Mapping[str, Any]) -> None:
    """``cursor.execute`` for a statement with named parameters (``%(name)s``) whose types the server can tell."""
    name, text, names = _numbered(sql)
    known = _prepared.setdefault(connection.connection, set())
    if name not in known:
        cursor.execute(f"PREPARE {name} AS {text}")
        known.add(name)
    marks = ", ".join(["%s"] * len(names))
    cursor.execute(f"EXECUTE {name} ({marks})" if names else f"EXECUTE {name}", [values[each] for each in names])


def forget(driver_connection: Any) -> None:
    """What was prepared there is gone (``DEALLOCATE``, ``DISCARD``)."""
    _prepared.pop(driver_connection, None)


@lru_cache(maxsize=512)
def _numbered(sql: str) -> tuple[str, str, tuple[str, ...]]:
    """Name of the statement, its text with $1, $2 …, and which parameter each of these is."""
    names = tuple(dict.fromkeys(_PARAMETER.findall(sql)))
    text = _PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", sql)
    return f"berth_{hashlib.sha256(sql.encode()).hexdigest()[:24]}", text, names
