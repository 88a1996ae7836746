"""The bars that show a spot's day or week: what is idle, taken, the viewer's own, and past."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID

from django.db import connection
from django.utils import timezone

from lots.domain.intervals import Interval
from lots.domain.schedule import day_bounds
from lots.models import Occupancy, Spot
from lots.models.listing import DAY_MINUTES
from members.models import Member

_IDLE_PIECES = """
SELECT i.spot_id, i.listed, lower(piece), upper(piece)
FROM lots_idletime i, unnest(i.idle * tstzmultirange(tstzrange(%s, %s))) AS piece
WHERE i.spot_id = ANY(%s) ORDER BY 1, 3
"""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a local day, for the day bar. ``kind``: idle, booked, yours, closed or past."""

    start_minute: int
    end_minute: int
    kind: str


@dataclass(frozen=True, slots=True)
class Day:
    """A local date and its stretches."""

    date: date
    segments: list[Segment]


def day_segments(
    spot_id: int, day: date, viewer: Member | None = None, *, yours: Collection[UUID] = frozenset()
) -> list[Segment]:
    """One spot's day in its lot's zone. See ``days_of``."""
    spot = Spot.objects.select_related("lot").get(pk=spot_id)
    return days_of([spot], day, 1, viewer, yours=yours)[spot_id][0].segments


def week_view(
    spots: Iterable[Spot], first: date, viewer: Member | None = None, *, yours: Collection[UUID] = frozenset()
) -> dict[int, list[Day]]:
    """Seven days of several spots, by spot id. Two queries."""
    return days_of(list(spots), first, 7, viewer, yours=yours)


def days_of(
    spots: Collection[Spot],
    first: date,
    count: int,
    viewer: Member | None = None,
    *,
    yours: Collection[UUID] = frozenset(),
) -> dict[int, list[Day]]:
    """``count`` days of several spots (with their lots loaded), by spot id. Two queries whatever their number.

    ``yours``: occupancies that belong to the viewer (their bookings). An owner sees own use as theirs and drafts as
    idle; for everyone else a spot that is not listed is closed all day but for what occupies it.
    """
    if not spots:
        return {}
    margin = timedelta(days=1)  # covers every zone; each day is clipped below
    lowest = datetime.combine(first, datetime.min.time(), timezone.get_default_timezone()) - margin
    highest = lowest + timedelta(days=count) + 2 * margin
    owned = {spot.pk for spot in spots if viewer is not None and spot.owner_id == viewer.pk}
    ids = [spot.pk for spot in spots]
    idle = _idle_pieces(ids, lowest, highest, owned)
    taken = _taken(ids, lowest, highest, owned, yours)
    now = timezone.now()
    return {
        spot.pk: [
            Day(day, segments_of(spot.lot.zone, day, idle.get(spot.pk, []), taken.get(spot.pk, []), now))
            for day in (first + timedelta(days=n) for n in range(count))
        ]
        for spot in spots
    }


def segments_of(
    zone: tzinfo, day: date, idle: Iterable[Interval], taken: Iterable[tuple[datetime, datetime, str]], now: datetime
) -> list[Segment]:
    """A day from instants: first idle and taken stretches in order, then the past over them."""
    begin, finish = day_bounds(zone, day)
    pieces = [(start, end, "idle") for start, end in idle] + list(taken)
    drawn = [
        Segment(minute_of(max(start, begin), day, zone), minute_of(min(end, finish), day, zone), kind)
        for start, end, kind in sorted(pieces)
        if max(start, begin) < min(end, finish)
    ]
    if now > begin:
        drawn.append(Segment(0, minute_of(min(now, finish), day, zone), "past"))
    return [segment for segment in drawn if segment.start_minute < segment.end_minute]


def minute_of(moment: datetime, day: date, zone: tzinfo) -> int:
    """What the wall clock shows, as a minute of ``day``; the next midnight is 1440."""
    local = moment.astimezone(zone)
    if local.date() != day:
        return DAY_MINUTES if local.date() > day else 0
    return local.hour * 60 + local.minute


def _idle_pieces(
    ids: list[int], start: datetime, end: datetime, owned: Collection[int]
) -> Mapping[int, list[Interval]]:
    pieces: dict[int, list[Interval]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_IDLE_PIECES, [start, end, ids])
        for spot_id, listed, lower, upper in cursor.fetchall():
            if listed or spot_id in owned:
                pieces.setdefault(spot_id, []).append((lower, upper))
    return pieces


def _taken(
    ids: list[int], start: datetime, end: datetime, owned: Collection[int], yours: Collection[UUID]
) -> Mapping[int, list[tuple[datetime, datetime, str]]]:
    rows = Occupancy.objects.filter(spot_id__in=ids, state=Occupancy.State.LIVE, period__overlap=(start, end))
    found: dict[int, list[tuple[datetime, datetime, str]]] = {}
    for pk, spot_id, kind, period in rows.values_list("pk", "spot_id", "kind", "period"):
        shown = _shown_as(kind, mine=pk in yours or (kind == Occupancy.Kind.OWNER_USE and spot_id in owned))
        found.setdefault(spot_id, []).append((period.lower, period.upper, shown))
    return found


def _shown_as(kind: str, *, mine: bool) -> str:
    if mine:
        return "yours"
    return "closed" if kind == Occupancy.Kind.MAINTENANCE else "booked"
