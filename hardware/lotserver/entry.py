"""M4, the way in: a plate is read and matched with who is expected, a card is handed out, the barrier opens.

Everything is written before it happens at the gate, so that after a crash at any step the car is known: a presence is
``entering`` from the moment its barrier is about to open.
"""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass

from hardware.cards.credential import Credential, seal
from hardware.event_kinds import EventKind
from hardware.gates.card_host import CardHost, CardMachineError
from hardware.gates.hikvision import Reading
from hardware.gates.matching import Match, Matched, match
from hardware.lotserver.config import GateConfig, ServerConfig
from hardware.lotserver.store import Presence, Store, StoredCard, StoredGrant

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Admitted:
    """The barrier may open for this car."""

    grant: StoredGrant
    plate: str
    card: str


def recognise(reading: Reading, gate: GateConfig, store: Store) -> Matched:
    """Match the plate with the grants valid now whose car is not inside; the reading is told either way."""
    now = time.time()
    expected = store.expected(now)
    found = match(reading.plate, reading.confidence, {key: grant.plates for key, grant in expected.items()})
    with store.writing() as write:
        write.event(
            EventKind.PLATE_READ,
            now,
            gate=gate.code,
            plate=reading.plate,
            confidence=reading.confidence,
            direction=gate.direction,
            match=found.match.value,
            grant=found.key,
            camera_event=reading.event,
        )
    return found


def admit(found: Matched, gate: GateConfig, machine: CardHost, store: Store, config: ServerConfig) -> Admitted | None:
    """Hand out the card of an exact match. None, told to the staff, where that cannot be done."""
    grant = store.grant(found.key) if found.key else None
    if found.match is not Match.EXACT or grant is None or found.plate is None:
        return None
    try:
        uid = machine.dispense(lambda chip_uid: _issue(chip_uid, grant, store, config))
    except CardMachineError as error:
        log.warning("gate %s: no card for %s: %s", gate.code, found.plate, error)
        call_for_help(gate, store, grant.id)
        return None
    with store.writing() as write:
        card = store.card(uid)
        write.event(
            EventKind.CARD_ISSUED,
            time.time(),
            grant=grant.id,
            card=uid,
            issue=card.issue if card else 0,
            gate=gate.code,
        )
        write.presence(Presence(grant.id, found.plate, uid, "entering"), time.time())
    return Admitted(grant, found.plate, uid)


def entered(presence: Presence, gate_code: str, store: Store) -> None:
    """The barrier was opened for it."""
    now = time.time()
    with store.writing() as write:
        write.presence(Presence(presence.grant_id, presence.plate, presence.card, "inside"), now)
        write.event(
            EventKind.VEHICLE_ENTERED,
            now,
            grant=presence.grant_id,
            plate=presence.plate,
            gate=gate_code,
            card=presence.card,
        )


def call_for_help(gate: GateConfig, store: Store, grant_id: str | None) -> None:
    with store.writing() as write:
        write.event(
            EventKind.EMERGENCY_RAISED,
            time.time(),
            call=str(uuid.uuid4()),
            controller=None,
            reason="gate",
            spot=None,
            grant=grant_id,
        )


def _issue(chip_uid: str, grant: StoredGrant, store: Store, config: ServerConfig) -> bytes:
    """The next issue of this card, remembered before it is written on the chip: every older issue is void from here."""
    before = store.card(chip_uid)
    issue = before.issue + 1 if before else 1
    with store.writing() as write:
        write.card(StoredCard(chip_uid, issue, "issued", grant.id))
    credential = Credential(config.lot, chip_uid, grant.member, grant.valid_until, issue)
    return seal(credential, config.card_master_key)
