"""Reads. What other apps may use is named here."""

from lots.queries.availability import Fitting, SpotState, cheapest_fitting, is_free_by_spot, is_idle, lot_availability
from lots.queries.days import Day, Segment, day_segments, days_of, week_view
from lots.queries.nearly import Nearly, OtherTime, nearly
from lots.queries.places import Suggestion, suggest_lots, suggest_places
from lots.queries.plans import floor_plan_view
from lots.queries.recurrence import occurrences
from lots.queries.search import LotResult, Page, SpotResult, search_page, search_spots
from lots.queries.viewport import Cluster, Section, clusters
from lots.queries.wishes import Needs, Wish

__all__ = [
    "Cluster",
    "Day",
    "Fitting",
    "LotResult",
    "Nearly",
    "Needs",
    "OtherTime",
    "Page",
    "Section",
    "Segment",
    "SpotResult",
    "SpotState",
    "Suggestion",
    "Wish",
    "cheapest_fitting",
    "clusters",
    "day_segments",
    "days_of",
    "floor_plan_view",
    "is_free_by_spot",
    "is_idle",
    "lot_availability",
    "nearly",
    "occurrences",
    "search_page",
    "search_spots",
    "suggest_lots",
    "suggest_places",
    "week_view",
]
