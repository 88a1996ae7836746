"""What may be asked of the search: checked once, for page and API alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import isfinite

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import InvalidInput, Text
from lots.domain.idle_time import DAYS_AHEAD
from lots.domain.intervals import Interval
from lots.models import Feature, Lot
from lots.queries.wishes import Needs, Wish

MAX_RADIUS_M = 50_000
MAX_LIMIT = 100
STEP = timedelta(minutes=15)
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(days=30)
ORDERS = ("price", "distance", "walk")
LONGEST_CM = 3000
_ALL_FEATURES = sum(Feature)


def check_place(latitude: float, longitude: float, radius_m: float) -> None:
    """On the map (Web Mercator ends at 85°), radius above 0 and up to 50 km. Raises InvalidInput with fields."""
    faults: dict[str, Text] = {}
    if not (isfinite(latitude) and -85 <= latitude <= 85):
        faults["latitude"] = _("The latitude must lie between −85 and 85.")
    if not (isfinite(longitude) and -180 <= longitude <= 180):
        faults["longitude"] = _("The longitude must lie between −180 and 180.")
    if not (isfinite(radius_m) and 0 < radius_m <= MAX_RADIUS_M):
        faults["radius_m"] = _("The radius must be above 0 and at most 50 km.")
    _refuse("place", faults)


def check_period(start: datetime, end: datetime, *, now: datetime | None = None) -> None:
    """Whole quarter hours, 30 minutes to 30 days, from the running quarter on. Raises InvalidInput with fields."""
    now = now or timezone.now()
    try:
        start, end = start.astimezone(UTC), end.astimezone(UTC)  # else compared by the wall clock, if of one zone
    except OverflowError:  # the first and last hours of the calendar have no UTC
        _refuse("period", {"start": _("Choose a time that a calendar can show.")})
    faults: dict[str, Text] = {}
    if not _on_step(start):
        faults["start"] = _("Times are in steps of 15 minutes.")
    elif start <= now - STEP:
        faults["start"] = _("The start is past. Choose a later one.")
    if not _on_step(end):
        faults["end"] = _("Times are in steps of 15 minutes.")
    elif end <= start:
        faults["end"] = _("The end must be after the start.")
    elif end - start < SHORTEST:
        faults["end"] = _("The shortest booking is 30 minutes.")
    elif end - start > LONGEST:
        faults["end"] = _("The longest booking is 30 days.")
    _refuse("period", faults)


def check_wish(wish: Wish) -> None:
    """Everything that a search is asked. Raises InvalidInput with fields."""
    check_place(wish.latitude, wish.longitude, wish.radius_m)
    check_periods(wish.periods)
    check_needs(wish.needs)


def check_periods(periods: Sequence[Interval], *, now: datetime | None = None) -> None:
    """At least one period, each bookable and within the days for which idle time is known."""
    if not periods:
        _refuse("period", {"start": _("None of the wanted days lies in those weeks.")})
    now = now or timezone.now()
    for start, end in periods:
        check_period(start, end, now=now)
    if max(end for _start, end in periods) > now + timedelta(days=DAYS_AHEAD + 1):
        _refuse("period", {"end": _("Owners offer their spots for the next 60 days. Choose an earlier time.")})


def check_needs(needs: Needs) -> None:
    """Known feature bits and kind of lot; lengths as cars have them. Raises InvalidInput with fields."""
    faults: dict[str, Text] = {}
    if needs.features < 0 or needs.features & ~_ALL_FEATURES:
        faults["features"] = _("There is no such feature.")
    if needs.kind and needs.kind not in Lot.Kind.values:
        faults["kind"] = _("There is no such kind of lot.")
    for name in ("height_cm", "width_cm", "length_cm"):
        length = getattr(needs, name)
        if length is not None and not 0 < length <= LONGEST_CM:
            faults[name] = _("Enter a length between 1 cm and 30 m.")
    _refuse("needs", faults)


def check_choice(order: str, limit: int) -> None:
    """Known order, and size of the answer. Raises InvalidInput with fields."""
    faults: dict[str, Text] = {}
    if order not in ORDERS:
        faults["order"] = _("Sort by price, distance or walking time.")
    if not 1 <= limit <= MAX_LIMIT:
        faults["limit"] = _("Ask for 1 to 100 lots.")
    _refuse("choice", faults)


def check_features(features: int) -> None:
    """Known feature bits. Raises InvalidInput with fields."""
    if features < 0 or features & ~_ALL_FEATURES:
        _refuse("choice", {"features": _("There is no such feature.")})


def _on_step(moment: datetime) -> bool:
    """By UTC: every zone in use today is a whole number of quarter hours from it."""
    return moment.timestamp() % STEP.total_seconds() == 0


def _refuse(what: str, faults: Mapping[str, Text]) -> None:
    if faults:
        raise InvalidInput(f"{what}_invalid", next(iter(faults.values())), fields=faults)
