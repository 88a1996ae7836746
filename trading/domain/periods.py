"""Quarter hours. Which periods may be booked is checked by lots.queries.search_input, for search and quote alike."""

from __future__ import annotations

from datetime import datetime, timedelta

STEP = timedelta(minutes=15)


def step_before(instant: datetime) -> datetime:
    """The start of the quarter of an hour that ``instant`` lies in."""
    return instant.replace(minute=instant.minute - instant.minute % 15, second=0, microsecond=0)


def next_step(instant: datetime) -> datetime:
    """The next full quarter of an hour: ``instant`` itself where it is one."""
    floor = step_before(instant)
    return floor if floor == instant else floor + STEP
