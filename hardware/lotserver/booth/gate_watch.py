"""Cars that stand at a gate and were not let in or out: what the cameras told, less what has happened since."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hardware.lotserver.store import Store

WAITING_FOR = 15 * 60
"""Seconds after which a car that nobody dealt with has driven away."""
_TOLD = """
SELECT sequence, occurred_at, kind, payload FROM outbox
WHERE sequence > (SELECT COALESCE(MAX(sequence), 0) FROM outbox) - 2000 AND occurred_at > ?
  AND kind IN ('plate_read', 'vehicle_entered', 'vehicle_left', 'staff_order') ORDER BY sequence DESC
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """``expected``: the plates of the booking that this probably is; empty where there is none."""

    sequence: int
    at: int
    gate: str
    direction: str
    plate: str
    expected: tuple[str, ...]
    spot: str


def waiting(store: Store) -> list[Waiting]:
    """The newest word about each plate, where that is a reading without a match and its gate was not opened since."""
    seen: set[str] = set()
    opened: set[str] = set()
    found = []
    for sequence, at, kind, text in store.rows(_TOLD, int((store.now() - WAITING_FOR) * 1000)):
        said = json.loads(text)
        if kind == "staff_order":
            opened.add(said["gate"])
        elif said["plate"] not in seen:
            seen.add(said["plate"])
            if kind == "plate_read" and said["match"] != "exact" and said["gate"] not in opened:
                found.append(_waiting(store, sequence, at // 1000, said))
    return found


def _waiting(store: Store, sequence: int, at: int, said: dict[str, str]) -> Waiting:
    grant = store.grant(said["grant"]) if said["grant"] else None
    known = grant is not None and said["direction"] == "entry"
    return Waiting(
        sequence,
        at,
        said["gate"],
        said["direction"],
        said["plate"],
        grant.plates if grant and known else (),
        grant.spot if grant else "",
    )
