"""Reads. What other apps may use is named here."""

from lots.queries.availability import Fitting, SpotState, cheapest_fitting, is_free_by_spot, is_idle, lot_availability
from lots.queries.days import Day, Segment, day_segments, days_of, week_view
from lots.queries.plans import floor_plan_view
from lots.queries.search import LotResult, SpotResult, search_spots
from lots.queries.suggestions import suggest_lots

__all__ = [
    "Day",
    "Fitting",
    "LotResult",
    "Segment",
    "SpotResult",
    "SpotState",
    "cheapest_fitting",
    "day_segments",
    "days_of",
    "floor_plan_view",
    "is_free_by_spot",
    "is_idle",
    "lot_availability",
    "search_spots",
    "suggest_lots",
    "week_view",
]
