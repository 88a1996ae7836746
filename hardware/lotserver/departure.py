"""The way out: a plate is read, its stay found, the card taken back and voided, the barrier opened, the lock raised."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable

from hardware.cards.credential import CredentialError, unseal
from hardware.event_kinds import EventKind
from hardware.gates.card_frames import Move, Position
from hardware.gates.card_host import CardHost, CardMachineError
from hardware.gates.matching import Match, match
from hardware.gates.reading import Reading
from hardware.lotserver import card_stock
from hardware.lotserver.config import GateConfig, ServerConfig
from hardware.lotserver.entry import tell_irregular, tell_reading
from hardware.lotserver.locks import Locks
from hardware.lotserver.store import Presence, Store, StoredCard, Write

log = logging.getLogger(__name__)
LOOK_EVERY = 0.2
UNSEEN_WITHIN = 24 * 3600
"""Seconds after its time for which a car that was not seen coming in is taken for the grant's."""


def recognise(reading: Reading, gate: GateConfig, store: Store) -> Presence | None:
    """The car inside that this is. Leaving, a near match will do as well: its own card must confirm it."""
    inside = {presence.grant_id: presence for presence in store.inside()}
    found = match(reading.plate, reading.confidence, {key: (p.plate,) for key, p in inside.items()})
    with store.writing() as write:
        tell_reading(write, reading, gate, found, store.now())
    return inside.get(found.key or "") if found.match is not Match.NONE else None


def without_entry(reading: Reading, gate: GateConfig, store: Store) -> Presence | None:
    """A car that is not on record as inside: told, with the stay that it probably is. The staff decide."""
    now = store.now()
    lately = store.expected(now, ended_within=UNSEEN_WITHIN)
    found = match(reading.plate, reading.confidence, {key: grant.plates for key, grant in lately.items()})
    known = found.key if found.plate == reading.plate else None
    with store.writing() as write:
        tell_irregular(write, reading.event, gate, "exit_without_entry", now, plate=reading.plate, grant=known)
    return Presence(known, reading.plate, "", "inside", gate.code) if known else None


def collect(
    presence: Presence, machine: CardHost, config: ServerConfig, waiting: Callable[[float], bool], patience: float
) -> bool:
    """Wait until this stay's card is in the machine; another is given back. False when none came in ``patience`` s.

    ``waiting`` sleeps for the given seconds and is False when there is nothing to wait for any more.
    """
    deadline = time.monotonic() + patience
    machine.allow_entry(True)
    try:
        while waiting(LOOK_EVERY) and time.monotonic() < deadline:
            if machine.status().position is Position.AT_READER and _is_the_card(presence, machine, config):
                return True
    finally:
        with contextlib.suppress(CardMachineError, OSError):  # it must not hide what went wrong before it
            machine.allow_entry(False)
    return False


def left(
    presence: Presence, gate: GateConfig, store: Store, locks: Locks, *, card: bool, reading: Reading | None = None
) -> None:
    """The stay is over: in one transaction the card is void, the car gone, the lock wanted up, and all of it told.

    The barrier opens afterwards; ``reading`` is remembered until it has (``is_owed_the_barrier``).
    """
    now = store.now()
    grant = store.grant(presence.grant_id)
    with store.writing() as write:
        if reading:
            write.first_time(f"left:{gate.code}", reading.event, now)
        _void_card(presence, gate, store, write, now, collected=card)
        card_stock.void_those_out(presence.grant_id, gate.code, store, write, now)
        write.gone(presence.grant_id)
        write.event(EventKind.VEHICLE_LEFT, now, grant=presence.grant_id, plate=presence.plate, gate=gate.code)
        if grant:
            locks.want_raised(write, grant.spot)
    if grant:
        locks.raise_if_free(grant.spot)


def is_owed_the_barrier(reading: Reading, gate: GateConfig, store: Store) -> bool:
    """Its stay was ended, and the lot server died before the barrier was opened."""
    return store.note_of(f"left:{gate.code}", reading.event) == ""


def barrier_opened(reading: Reading, gate: GateConfig, store: Store) -> None:
    with store.writing() as write:
        write.note(f"left:{gate.code}", reading.event, "opened")


def swallow(machine: CardHost) -> None:
    """Take in the card that was given back. Raises CardMachineError or OSError."""
    if machine.status().position is Position.AT_READER:
        machine.move(Move.TO_BIN)


def _void_card(
    presence: Presence, gate: GateConfig, store: Store, write: Write, now: float, *, collected: bool
) -> None:
    card = store.card(presence.card)
    if card is None:
        return
    write.card(StoredCard(card.uid, card.issue, "returned" if collected else "revoked", card.grant_id))
    kind = EventKind.CARD_COLLECTED if collected else EventKind.CARD_VOIDED
    write.event(kind, now, grant=presence.grant_id, card=card.uid, gate=gate.code)


def _is_the_card(presence: Presence, machine: CardHost, config: ServerConfig) -> bool:
    try:
        credential = unseal(machine.read(), config.lot, config.card_master_key)
        if credential.chip_uid == presence.card:
            return True
        log.warning("a card of another stay was put into the exit")
    except CredentialError as error:
        log.warning("a card that is none of ours was put into the exit: %s", error)
    machine.move(Move.TO_MOUTH)
    return False
