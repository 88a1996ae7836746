"""One insert that decides."""

from __future__ import annotations

from django.db import connection
from django.db.models import Model
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery


def insert_unless_conflict(row: Model) -> bool:
    """``INSERT … ON CONFLICT DO NOTHING``: whether the row is in. Unlike ``bulk_create`` it tells, in one statement."""
    query = InsertQuery(type(row), on_conflict=OnConflict.IGNORE)
    query.insert_values(row._meta.concrete_fields, [row])
    [(statement, values)] = query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row._state.adding, row._state.db = not cursor.rowcount, connection.alias
        return bool(cursor.rowcount)
