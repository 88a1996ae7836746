"""The evidence timeline: one append-only, hash-chained list of lines per booking (docs/adr/0010)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from berth.kernel.canonical import canonical_json
from trading.models import Booking, Evidence


def append(
    *,
    booking: Booking,
    kind: Evidence.Kind,
    occurred_at: datetime,
    source: str = "",
    payload: dict[str, Any] | None = None,
) -> Evidence:
    """Add a line. The caller holds the booking's row lock, which makes positions dense and the chain one.

    ``source`` names where it comes from (``event:<lot>:<sequence>``, ``payment:<id>``): a repeat returns the first
    line and adds nothing. ``payload`` holds strings, integers, booleans and null.
    """
    if source and (known := recorded(booking=booking, kind=kind, source=source)):
        return known
    last = Evidence.objects.filter(booking=booking).order_by("position").last()
    line = Evidence(
        booking=booking,
        position=last.position + 1 if last else 1,
        kind=kind,
        occurred_at=occurred_at,
        source=source,
        payload=payload or {},
        previous=last.digest if last else "",
    )
    line.digest = digest_of(line)
    line.save(force_insert=True)
    return line


def begin(
    *, booking: Booking, occurred_at: datetime, lines: Iterable[tuple[Evidence.Kind, dict[str, Any]]]
) -> list[Evidence]:
    """The first lines of a booking that was made in this transaction, in one insert."""
    chain: list[Evidence] = []
    for position, (kind, payload) in enumerate(lines, start=1):
        line = Evidence(
            booking=booking,
            position=position,
            kind=kind,
            occurred_at=occurred_at,
            payload=payload,
            previous=chain[-1].digest if chain else "",
        )
        line.digest = digest_of(line)
        chain.append(line)
    return Evidence.objects.bulk_create(chain)


def recorded(*, booking: Booking, kind: Evidence.Kind, source: str) -> Evidence | None:
    """The line of this kind from this source, if there is one."""
    return Evidence.objects.filter(booking=booking, kind=kind, source=source).first()


def verify(booking: Booking) -> bool:
    """True where every line is as it was written, in its place, and none is missing between the first and the last."""
    return chain_holds(Evidence.objects.filter(booking=booking).order_by("position"))


def chain_holds(lines: Iterable[Evidence]) -> bool:
    previous = ""
    for position, line in enumerate(lines, start=1):
        if line.position != position or line.previous != previous or line.digest != digest_of(line):
            return False
        previous = line.digest
    return True


def digest_of(line: Evidence) -> str:
    """SHA-256 (hex) over canonical JSON of what the line says and of the digest before it."""
    said = {
        "booking": str(line.booking_id),
        "position": line.position,
        "kind": str(line.kind),
        "occurred_at": line.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "source": line.source,
        "payload": line.payload,
        "previous": line.previous,
    }
    return hashlib.sha256(canonical_json(said)).hexdigest()
