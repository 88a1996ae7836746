"""Where: lots, their geometry, spots, listings, schedules and who occupies what when."""

from lots.models.calendar import CalendarDay
from lots.models.landmark import Landmark
from lots.models.listing import Listing, ScheduleException, WeeklyWindow
from lots.models.lot import DutyShift, FloorPlan, Gate, Lot, LotStaff
from lots.models.occupancy import IdleTime, Occupancy
from lots.models.spot import Feature, Spot

__all__ = [
    "CalendarDay",
    "DutyShift",
    "Feature",
    "FloorPlan",
    "Gate",
    "IdleTime",
    "Landmark",
    "Listing",
    "Lot",
    "LotStaff",
    "Occupancy",
    "ScheduleException",
    "Spot",
    "WeeklyWindow",
]
