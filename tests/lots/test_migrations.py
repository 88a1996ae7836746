"""The migrations that are written in SQL go back as well as forth."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def columns():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns"
            " WHERE column_name IN ('idle', 'mercator') AND table_schema = 'public' ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.django_db
def test_sql_columns_go_and_come_back():
    last = MigrationExecutor(connection).loader.graph.leaf_nodes("lots")
    assert columns() == ["lots_idletime.idle", "lots_lot.mercator"]
    MigrationExecutor(connection).migrate([("lots", "0002_initial")])
    assert columns() == []
    MigrationExecutor(connection).migrate(last)
    assert columns() == ["lots_idletime.idle", "lots_lot.mercator"]
