"""Cards at a gate: what the platform has on record, and what the machine says."""

from __future__ import annotations

from dataclasses import dataclass

from hardware.models import AccessCard, GateState, Grant
from lots.models import Gate


@dataclass(frozen=True, slots=True)
class Stock:
    """``here``: in this entry's dispenser, or this exit's bin. ``returned``: in all bins of the lot."""

    here: int
    returned: int
    level: str
    """A value of GateState.Stock."""
    word: str
    bin_full: bool


def stock_of(gate: Gate) -> Stock:
    """Three queries."""
    cards = AccessCard.objects.filter(lot=gate.lot)
    state = GateState.objects.filter(gate=gate).first()
    known = state or GateState(gate=gate)
    return Stock(
        here=cards.filter(gate=gate).count(),
        returned=cards.filter(state=AccessCard.State.RETURNED).count(),
        level=known.stock,
        word=known.get_stock_display(),
        bin_full=known.bin_full,
    )


def is_out(grant: Grant | None) -> bool:
    """Whether a card is in the driver's hands."""
    return grant is not None and grant.cards.filter(state=AccessCard.State.ISSUED).exists()
