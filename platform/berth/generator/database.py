"""An embedded database of its own, for this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import environ
from django.core.management import call_command
from django.db import connection

from berth.services import EmbeddedServices


@contextmanager
def embedded(directory: Path, *, durable: bool = True, shared_buffers: str = "512MB") -> Iterator[EmbeddedServices]:
    """The default connection leads to an embedded, migrated PostgreSQL in that directory."""
    services = EmbeddedServices(directory, durable=durable, postgres_settings={"shared_buffers": shared_buffers})
    before = dict(connection.settings_dict)
    with services:
        connection.close()
        connection.settings_dict.update(environ.Env.db_url_config(services.database_url))
        try:
            call_command("migrate", verbosity=0)
            yield services
        finally:
            connection.close()
            connection.settings_dict.update(before)
