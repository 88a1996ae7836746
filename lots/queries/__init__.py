"""Reads. What other apps may use is named here."""

from lots.queries.availability import (
    Day,
    Segment,
    SpotState,
    day_segments,
    days_of,
    is_idle,
    lot_availability,
    week_view,
)
from lots.queries.search import LotResult, SpotResult, search_spots
from lots.queries.suggestions import suggest_lots

__all__ = [
    "Day",
    "LotResult",
    "Segment",
    "SpotResult",
    "SpotState",
    "day_segments",
    "days_of",
    "is_idle",
    "lot_availability",
    "search_spots",
    "suggest_lots",
    "week_view",
]
