"""How many cards a gate's machine has, told to the staff when that changes; and cards that are void from above."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace

from hardware.event_kinds import EventKind
from hardware.gates.card_frames import Status, Stock
from hardware.lotserver.feed import VoidCard
from hardware.lotserver.store import Store, StoredCard, Write

log = logging.getLogger(__name__)
LEVELS = {Stock.EMPTY: "empty", Stock.FEW: "few", Stock.ENOUGH: "enough"}


def tell(gate_code: str, status: Status, store: Store) -> None:
    """Once for each change."""
    level = f"{LEVELS[status.stock]}{'/full' if status.bin_full else ''}"
    name = f"card_stock:{gate_code}"
    if store.meta(name) == level:
        return
    with store.writing() as write:
        write.meta(name, level)
        write.event(
            EventKind.CARD_STOCK, store.now(), gate=gate_code, level=LEVELS[status.stock], bin_full=status.bin_full
        )


def void_those_out(grant_id: str, gate_code: str, store: Store, write: Write, now: float, *, but: str = "") -> None:
    """Every card that is out for this grant, ``but`` one, is void from here on, and told."""
    for card in store.cards_out(grant_id):
        if card.uid != but:
            write.card(replace(card, state="revoked"))
            write.event(EventKind.CARD_VOIDED, now, grant=grant_id, card=card.uid, gate=gate_code)


def make_void(cards: Iterable[VoidCard], store: Store, write: Write) -> None:
    """Controllers refuse these issues from now on; a later issue of the same card is another matter."""
    for void in cards:
        card = store.card(void.uid)
        if card and card.state == "issued" and card.issue <= void.issue:
            log.info("card %s, issue %s, is void", void.uid, card.issue)
            write.card(StoredCard(card.uid, card.issue, "revoked", card.grant_id))
