"""The verbs of a booking, gathered: each lives in a module of its own, by use case."""

from trading.domain.cancelling import cancel, may_cancel, terms_of
from trading.domain.confirming import confirm_paid
from trading.domain.holds import abandon_hold, expire_holds, hold
from trading.domain.lot_events import take as take_lot_event
from trading.domain.paying import pay
from trading.domain.phone_key import open_lock
from trading.domain.unused import end_unused
from trading.domain.vehicles import set_vehicle

__all__ = [
    "abandon_hold",
    "cancel",
    "confirm_paid",
    "end_unused",
    "expire_holds",
    "hold",
    "may_cancel",
    "open_lock",
    "pay",
    "set_vehicle",
    "take_lot_event",
    "terms_of",
]
