"""A generated country to measure on, kept in .test/ for the day: generating a million spots takes minutes."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from berth.generator import make_country
from berth.generator.database import embedded
from berth.generator.progress import Progress
from berth.services import EmbeddedServices
from berth.services.embedded import remove

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".test" / "countries"
BOOKINGS_PER_SPOT = 5
SHARED_BUFFERS = "3GB"
"""A million spots with their idle times, lots and listings fit, as they do on a machine that serves a country."""


@contextmanager
def country(spots: int, *, fresh: bool = False) -> Iterator[EmbeddedServices]:
    """The default connection leads to ``spots`` spots with five bookings each."""
    directory = KEPT / str(spots)
    complete = directory / "complete"
    key = f"{date.today()} {_schema()}"
    if directory.exists() and (fresh or not complete.exists() or complete.read_text() != key):
        remove(directory)
        shutil.rmtree(directory, ignore_errors=True)
    with embedded(directory, durable=False, shared_buffers=SHARED_BUFFERS) as services:
        if not complete.exists():
            make_country(
                spots=spots,
                bookings=BOOKINGS_PER_SPOT * spots,
                now=timezone.now(),
                progress=Progress(),
                trades=False,  # what renters see of a booking plays no part in what is measured
            )
            complete.write_text(key)
        _warm()
        yield services


def _warm() -> None:
    """What a server that has been running holds in memory. By index: the pages of a plain scan do not stay."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        for table, key, column in (
            ("lots_idletime", "spot_id", "horizon"),
            ("lots_idletime", "lot_id", "price_minor"),
            ("lots_lot", "id", "published"),
            ("lots_gate", "lot_id", "latitude"),
            ("lots_spot", "id", "features"),
            ("lots_listing", "id", "day_cap_minor"),
        ):
            listed = "AND listed" if key == "lot_id" and table == "lots_idletime" else ""
            cursor.execute(f"SELECT count({column}) FROM {table} WHERE {key} > 0 {listed}")


def _schema() -> str:
    """Another migration or generator, another country."""
    files = [*ROOT.glob("lots/migrations/*.py"), *ROOT.glob("platform/berth/generator/*.py")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()[:16]
