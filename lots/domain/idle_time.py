"""Idle time: what the schedule offers, less what is taken, kept as one multirange per spot (docs/adr/0006).

It is derived, and kept true by the transaction that changes its sources. Two rules make that exact under concurrency:
whoever *adds* idle time locks the row before reading schedule or occupancies; whoever *takes* time cuts after its own
insert and reads nothing. So a cut always lands on the newest row, and a rebuild sees every cut that came before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from lots.domain.intervals import Interval, clip, subtract
from lots.domain.schedule import day_bounds, expand
from lots.models import IdleTime, Listing, Occupancy, Spot

DAYS_AHEAD = 60
"""Idle time is known for today and this many whole local days after it."""

LESS_PERIOD = """idle = idle - tstzmultirange(tstzrange(
    %(start)s - %(pads)s * buffer_minutes * interval '1 minute',
    %(end)s + %(pads)s * buffer_minutes * interval '1 minute'))"""
"""Cutting a period, with the time kept free around it where ``pads`` is 1 (else 0)."""


def cut(spot_id: int, start: datetime, end: datetime, kind: str) -> None:
    """Take [start, end) out of the spot's idle time, with the time between bookings where ``kind`` calls for it.

    Nothing happens where there is none. Call after the insert.
    """
    if _cut(spot_id, start, end, kind):
        return
    # No row yet: perhaps a rebuild is just making the first one, and has not seen our insert. It holds the spot's row
    # while it does; either we wait for it here and cut, or it waits for us and sees our occupancy.
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM lots_spot WHERE id = %s FOR KEY SHARE", [spot_id])
    _cut(spot_id, start, end, kind)


def give_back(spot_id: int, start: datetime, end: datetime) -> None:
    """Make [start, end), and the time kept free around it, idle again as far as the schedule offers it and nothing else
    has taken it."""
    with transaction.atomic():
        row = IdleTime.objects.select_for_update().filter(spot_id=spot_id).first()
        listing = current_listing(spot_id)
        if row is None or listing is None:
            return
        pad = timedelta(minutes=listing.buffer_minutes)
        since = bounds(listing, timezone.now())[0]
        pieces = derive(listing, max(start - pad, since), min(end + pad, row.horizon))
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE lots_idletime SET idle = idle + %s::tstzmultirange WHERE spot_id = %s",
                [as_multirange(pieces), spot_id],
            )


def rebuild(spot_id: int, *, now: datetime | None = None) -> None:
    """Derive the spot's row anew, from the start of today to ``DAYS_AHEAD``; a spot without a listing has no row."""
    with transaction.atomic():
        if not _lock(spot_id):
            Spot.objects.select_for_update().get(pk=spot_id)  # see cut()
            _lock(spot_id)  # somebody else may have made the row while we waited
        listing = current_listing(spot_id)
        if listing is None:
            IdleTime.objects.filter(spot_id=spot_id).delete()
            return
        since, horizon = bounds(listing, now or timezone.now())
        _write(listing, horizon, derive(listing, since, horizon))


def rebuild_many(spot_ids: Iterable[int], *, now: datetime | None = None) -> int:
    """Rebuild each in a transaction of its own, so that no lock is held long; returns how many."""
    ordered = sorted(spot_ids)
    for spot_id in ordered:
        rebuild(spot_id, now=now)
    return len(ordered)


def roll(*, now: datetime) -> int:
    """Rebuild the rows of lots where a new local day has begun since; returns how many."""
    behind: list[int] = []
    for zone, rows in _spots_by_zone().items():
        due = day_bounds(zone, now.astimezone(zone).date() + timedelta(days=DAYS_AHEAD))[1]
        behind += [spot_id for spot_id, horizon in rows if horizon < due]
    return rebuild_many(behind, now=now)


def current_listing(spot_id: int) -> Listing | None:
    """The spot's listing that is not withdrawn, with its spot and lot."""
    listings = Listing.objects.select_related("spot__lot").prefetch_related("windows", "exceptions")
    return listings.filter(spot_id=spot_id).exclude(state=Listing.State.WITHDRAWN).first()


def bounds(listing: Listing, now: datetime) -> Interval:
    """From the start of today in the lot's zone to the horizon."""
    zone = listing.spot.lot.zone
    today = now.astimezone(zone).date()
    return day_bounds(zone, today)[0], day_bounds(zone, today + timedelta(days=DAYS_AHEAD))[1]


def derive(listing: Listing, start: datetime, end: datetime) -> list[Interval]:
    """The truth that the row must equal within [start, end): schedule less what is taken or was used."""
    if start >= end:
        return []
    pad = timedelta(minutes=listing.buffer_minutes)
    # History that ends at its release was used up to then: not idle, should the lot's clock be ahead of ours.
    used = Q(state=Occupancy.State.RELEASED, released_at__gte=F("period__endswith"))
    rows = Occupancy.objects.filter(
        Q(state=Occupancy.State.LIVE) | used, spot_id=listing.spot_id, period__overlap=(start - pad, end + pad)
    )
    taken = [padded(period.lower, period.upper, kind, pad) for period, kind in rows.values_list("period", "kind")]
    return clip(subtract(expand(listing, start, end), taken), start, end)


def padded(start: datetime, end: datetime, kind: str, pad: timedelta) -> Interval:
    """What an occupancy takes out of idle time: its period, and around a booking the time kept free."""
    return (start - pad, end + pad) if kind in Occupancy.Kind.buffered() else (start, end)


def is_listed(listing: Listing) -> bool:
    """Whether searches may find the spot: published, its lock healthy, and no stranger there."""
    return listing.state == Listing.State.PUBLISHED and listing.spot.can_be_sold


def stored(spot_id: int) -> list[Interval]:
    """What the row says."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(piece), upper(piece) FROM lots_idletime, unnest(idle) AS piece WHERE spot_id = %s ORDER BY 1",
            [spot_id],
        )
        return [(start, end) for start, end in cursor.fetchall()]


def as_multirange(intervals: Iterable[Interval]) -> str:
    """PostgreSQL's literal of a tstzmultirange."""
    return "{" + ",".join(f"[{start.isoformat()},{end.isoformat()})" for start, end in intervals) + "}"


def _lock(spot_id: int) -> bool:
    """Take the row's lock; False if there is no row."""
    return IdleTime.objects.select_for_update().filter(spot_id=spot_id).first() is not None


def _spots_by_zone() -> dict[ZoneInfo, list[tuple[int, datetime]]]:
    zones: dict[ZoneInfo, list[tuple[int, datetime]]] = defaultdict(list)
    for spot_id, horizon, zone in IdleTime.objects.values_list("spot_id", "horizon", "lot__timezone"):
        zones[ZoneInfo(zone)].append((spot_id, horizon))
    return zones


def _cut(spot_id: int, start: datetime, end: datetime, kind: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE lots_idletime SET {LESS_PERIOD} WHERE spot_id = %(spot)s",  # noqa: S608 (a constant)
            {"spot": spot_id, "start": start, "end": end, "pads": int(kind in Occupancy.Kind.buffered())},
        )
        return bool(cursor.rowcount)


def copied(listing: Listing) -> dict[str, Any]:
    """What the row repeats of listing and spot, by column."""
    return {
        "listing_id": listing.pk,
        "lot_id": listing.spot.lot_id,
        "price_minor": listing.hourly_price_minor,
        "features": listing.spot.features,
        "listed": is_listed(listing),
        "notice_minutes": listing.notice_minutes,
        "shortest_minutes": listing.shortest_minutes,
        "longest_minutes": listing.longest_minutes,
        "buffer_minutes": listing.buffer_minutes,
    }


def _write(listing: Listing, horizon: datetime, idle: list[Interval]) -> None:
    values = copied(listing) | {"horizon": horizon, "idle": as_multirange(idle)}
    columns = ", ".join(values)
    statement = f"""
        INSERT INTO lots_idletime (spot_id, {columns})
        VALUES (%s, {", ".join(["%s"] * (len(values) - 1))}, %s::tstzmultirange)
        ON CONFLICT (spot_id) DO UPDATE SET ({columns}) = ({", ".join(f"excluded.{name}" for name in values)})
        """  # noqa: S608 (names from the code alone)
    with connection.cursor() as cursor:
        cursor.execute(statement, [listing.spot_id, *values.values()])
