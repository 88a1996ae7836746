"""M4, the way in: a plate is read and matched with who is expected, a card is handed out, the barrier opens.

Everything is written before it happens at the gate, so that after a crash at any step the car is known: a presence is
``entering`` from before its card is made, which also keeps a second car with the same grant out, at every gate.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from hardware.cards.credential import Credential, seal
from hardware.event_kinds import EventKind
from hardware.gates.card_host import CardHost, CardMachineError
from hardware.gates.matching import Match, Matched, match
from hardware.gates.reading import Reading
from hardware.lotserver import calls, card_stock
from hardware.lotserver.config import GateConfig, ServerConfig
from hardware.lotserver.contact import is_current
from hardware.lotserver.store import Presence, Store, StoredCard, StoredGrant, Write

log = logging.getLogger(__name__)
BETTER = (Match.NONE.value, Match.NEAR.value, Match.EXACT.value)


def recognise(reading: Reading, gate: GateConfig, store: Store) -> Matched:
    """Match the plate with the grants valid now whose car is not inside; the reading is told either way.

    Grants that the platform has not confirmed for 48 h are only near: staff let the car in (ADR 0014).
    """
    now = store.now()
    expected = store.expected(now)
    found = match(reading.plate, reading.confidence, {key: grant.plates for key, grant in expected.items()})
    if found.match is Match.EXACT and not is_current(store, now):
        found = replace(found, match=Match.NEAR)
    with store.writing() as write:
        tell_reading(write, reading, gate, found, now)
    return found


def on_record_as_inside(reading: Reading, gate: GateConfig, store: Store) -> Matched | None:
    """The open stay of this very plate: its exit was missed, or the plate is a copy. Told to the staff.

    None for the reading that let it in, taken up again after a crash.
    """
    if store.note_of(f"told:{gate.code}", reading.event) == Match.EXACT.value:
        return None
    found = next((p for p in store.inside() if p.plate == reading.plate and p.state == "inside"), None)
    if found is None:
        return None
    match_ = Matched(Match.NEAR, found.grant_id, found.plate)
    now = store.now()
    with store.writing() as write:
        tell_reading(write, reading, gate, match_, now)
        tell_irregular(write, reading.event, gate, "entry_without_exit", now, plate=found.plate, grant=found.grant_id)
    return match_


def left_unseen(grant_id: str, gate: GateConfig, store: Store) -> None:
    """The staff say that it is not inside any more: its card is void, its stay over, and it may come in again."""
    presence = next((p for p in store.inside() if p.grant_id == grant_id), None)
    if presence is None:
        return
    now = store.now()
    grant = store.grant(grant_id)
    with store.writing() as write:
        card_stock.void_those_out(grant_id, gate.code, store, write, now)
        write.gone(grant_id)
        if grant is None or not grant.valid_at(now):
            write.event(EventKind.VEHICLE_LEFT, now, grant=grant_id, plate=presence.plate, gate=gate.code)
    log.warning("gate %s: %s had left unseen", gate.code, presence.plate)


def tell_irregular(
    write: Write, key: str, gate: GateConfig, what: str, now: float, *, plate: str | None, grant: str | None
) -> None:
    """Once for ``key``."""
    if write.first_time(f"irregular:{gate.code}", f"{key}:{what}", now):
        write.event(
            EventKind.PASSAGE_IRREGULAR,
            now,
            gate=gate.code,
            direction=gate.direction,
            what=what,
            plate=plate,
            grant=grant,
        )


def tell_reading(write: Write, reading: Reading, gate: GateConfig, found: Matched, now: float) -> None:
    """Once, also where the reading is taken up again after a crash; and again where it has come to match better."""
    source = f"told:{gate.code}"
    first = write.first_time(source, reading.event, now, note=found.match.value)
    if first or write.improves(source, reading.event, found.match.value, BETTER):
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


def admit(
    grant: StoredGrant, plate: str, gate: GateConfig, machine: CardHost, store: Store, config: ServerConfig
) -> Presence | None:
    """Hand out the card. None, told to the staff, where that cannot be done."""
    now = store.now()
    with store.writing() as write:
        if not write.claim(Presence(grant.id, plate, "", "entering", gate.code), now):
            return None
    try:
        uid = machine.dispense(lambda chip_uid: _issue(chip_uid, grant, store, config))
    except (CardMachineError, OSError) as error:
        log.warning("gate %s: no card for %s: %s", gate.code, plate, error)
        give_up(grant.id, store)
        call_for_help(gate, store, grant.id)
        return None
    return handed_out(Presence(grant.id, plate, uid, "entering", gate.code), store)


def handed_out(presence: Presence, store: Store) -> Presence:
    """The driver has the card: others that were made for the same stay, in tries that failed, are void."""
    now = store.now()
    card = store.card(presence.card)
    with store.writing() as write:
        card_stock.void_those_out(presence.grant_id, presence.gate, store, write, now, but=presence.card)
        write.event(
            EventKind.CARD_ISSUED,
            now,
            grant=presence.grant_id,
            card=presence.card,
            issue=card.issue if card else 0,
            gate=presence.gate,
        )
        write.presence(presence, now)
    return presence


def give_up(grant_id: str, store: Store) -> None:
    """It is not coming in now; it may try again."""
    with store.writing() as write:
        write.gone(grant_id)


def entered(presence: Presence, gate_code: str, store: Store) -> None:
    """The barrier was opened for it."""
    now = store.now()
    with store.writing() as write:
        write.presence(Presence(presence.grant_id, presence.plate, presence.card, "inside", gate_code), now)
        write.event(
            EventKind.VEHICLE_ENTERED,
            now,
            grant=presence.grant_id,
            plate=presence.plate,
            gate=gate_code,
            card=presence.card,
        )


def call_for_help(gate: GateConfig, store: Store, grant_id: str | None) -> None:
    spot = grant.spot if grant_id and (grant := store.grant(grant_id)) else None
    with store.writing(urgent=True) as write:
        calls.call_for_help(write, store.now(), "gate", gate=gate.code, spot=spot, grant=grant_id)


def _issue(chip_uid: str, grant: StoredGrant, store: Store, config: ServerConfig) -> bytes:
    """The next issue of this card, remembered before it is written on the chip: every older issue is void from here."""
    before = store.card(chip_uid)
    issue = before.issue + 1 if before else 1
    with store.writing() as write:
        write.card(StoredCard(chip_uid, issue, "issued", grant.id))
    credential = Credential(config.lot, chip_uid, grant.member, grant.valid_until, issue)
    return seal(credential, config.card_master_key)
