"""Which state may follow which. The database enforces the same table (migration 0002, test_states compares them)."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import Conflict
from trading.models import Booking, BookingState

S = BookingState

LEGAL_CHANGES: dict[str, frozenset[str]] = {
    S.HELD: frozenset({S.CONFIRMED, S.EXPIRED, S.CANCELLED}),
    # COMPLETED without ACTIVE: the exit was seen, the entry was not (a gate opened by hand).
    S.CONFIRMED: frozenset({S.ACTIVE, S.COMPLETED, S.CANCELLED, S.NO_SHOW}),
    S.ACTIVE: frozenset({S.COMPLETED}),
    # Paid after the hold ended, and the spot was still free.
    S.EXPIRED: frozenset({S.CONFIRMED}),
    # A lot that was offline tells late that the car was there after all.
    S.NO_SHOW: frozenset({S.ACTIVE, S.COMPLETED}),
    S.COMPLETED: frozenset(),
    S.CANCELLED: frozenset(),
}


def may_change(from_state: str, to_state: str) -> bool:
    return to_state in LEGAL_CHANGES[from_state]


def change(booking: Booking, to_state: BookingState, *, at: datetime) -> None:
    """Put a booking, whose row the caller has locked, into another state and save it.

    ``at`` becomes ``confirmed_at`` or ``ended_at`` where the new state calls for it. Raises Conflict for a change
    that the table does not allow: a refused change is told, never ignored.
    """
    if not may_change(booking.state, to_state):
        raise Conflict(
            "illegal_state", _("The booking has moved on meanwhile. Load the page again to see where it is.")
        )
    booking.state = to_state
    if to_state == S.CONFIRMED:
        booking.confirmed_at, booking.ended_at = at, None
    elif to_state == S.ACTIVE:
        booking.ended_at = None
    elif to_state in S.final():
        booking.ended_at = at
    booking.save(update_fields=["state", "confirmed_at", "ended_at"])
