"""A database for one benchmark: embedded PostgreSQL in a folder that goes afterwards, with our tables."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from berth.services import EmbeddedServices
from berth.services.embedded import remove


@contextmanager
def migrated(*, durable: bool = False) -> Iterator[None]:
    """Django is set up and migrated inside; DATABASE_URL and REDIS_URL of the environment win."""
    directory = Path(tempfile.mkdtemp(prefix="berth-bench-"))
    try:
        with EmbeddedServices(directory, durable=durable) as services:
            os.environ.update(services.environment, DJANGO_SETTINGS_MODULE="berth.settings")
            os.environ.setdefault("BERTH_DEMO", "1")
            import django
            from django.core.management import call_command
            from django.db import connections

            django.setup()
            call_command("migrate", verbosity=0)
            try:
                yield
            finally:
                connections.close_all()
    finally:
        remove(directory)
