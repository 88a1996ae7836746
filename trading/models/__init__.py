"""The deal: bookings, stays and the evidence of what happened."""

from trading.models.booking import Booking, BookingState
from trading.models.evidence import Evidence
from trading.models.stay import Stay

__all__ = ["Booking", "BookingState", "Evidence", "Stay"]
