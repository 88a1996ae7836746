"""A second car on one opening: whose it is where its plate was read, and what is put on record."""

from __future__ import annotations

import uuid

from hardware.gates.matching import Match
from hardware.gates.reading import Reading
from hardware.lotserver import departure, entry
from hardware.lotserver.config import GateConfig
from hardware.lotserver.locks import Locks
from hardware.lotserver.store import Presence, Store


def second_car(reading: Reading | None, gate: GateConfig, store: Store, locks: Locks) -> None:
    """It has gone through. An expected car is in, without a card; a known one is out, its card void."""
    presence = _whose(reading, gate, store) if reading else None
    now = store.now()
    with store.writing() as write:
        entry.tell_irregular(
            write,
            reading.event if reading else str(uuid.uuid4()),
            gate,
            "tailgated",
            now,
            plate=reading.plate if reading else None,
            grant=presence.grant_id if presence else None,
        )
    if presence is None:
        return
    if gate.direction == "entry":
        entry.entered(presence, gate.code, store)
    else:
        departure.left(presence, gate, store, locks, card=False)


def _whose(reading: Reading, gate: GateConfig, store: Store) -> Presence | None:
    """Only where the plate was read without a doubt."""
    if gate.direction == "exit":
        presence = departure.recognise(reading, gate, store)
        return presence if presence and presence.plate == reading.plate else None
    found = entry.recognise(reading, gate, store)
    if found.match is not Match.EXACT or found.key is None or found.plate is None:
        return None
    return Presence(found.key, found.plate, "", "inside", gate.code)
