"""The whole of it, in one transaction."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from berth.generator import tables
from berth.generator.clusters import Site, make_cities, make_sites
from berth.generator.loading import Layout, Lines, bare, set_sequences
from berth.generator.progress import Progress
from berth.generator.tables import Offer, Stay
from berth.generator.weeks import Week, make_weeks
from berth.kernel.errors import Conflict
from lots.models import FloorPlan, Gate, IdleTime, Listing, Lot, Occupancy, Spot, WeeklyWindow
from members.models import Member
from trading.models import Booking

_IDLE = """
INSERT INTO lots_idletime (spot_id, lot_id, listing_id, price_minor, features, listed, horizon, idle{columns})
SELECT s.id, s.lot_id, g.id, g.hourly_price_minor, s.features, g.state = 'published' AND s.sick_since IS NULL,
    %(horizon)s, w.idle - coalesce(taken.periods, '{{}}'){values}
FROM lots_spot s
JOIN lots_listing g ON g.spot_id = s.id
JOIN generated_patterns p ON p.spot_id = s.id
JOIN generated_weeks w ON w.pattern = p.pattern
LEFT JOIN (
    SELECT spot_id, range_agg(period) AS periods FROM lots_occupancy WHERE state = 'live' GROUP BY spot_id
) taken ON taken.spot_id = s.id
ORDER BY s.lot_id, s.id
"""
_IDLE_COLUMNS = {"spot_id", "lot_id", "listing_id", "price_minor", "features", "listed", "horizon"}


@dataclass(frozen=True, slots=True)
class Country:
    """What was made."""

    cities: int
    lots: int
    spots: int
    bookings: int


@dataclass(slots=True)
class _Plan:
    sites: Sequence[Site]
    offers: Sequence[Offer]
    weeks: Sequence[Week]
    horizon: datetime
    members: int
    now: datetime
    progress: Progress

    def copy(self, model: type[Model], columns: Sequence[str], lines: Iterable[str], total: int) -> None:
        counted = self.progress.over(str(model._meta.label_lower), lines, total)
        Layout(model, columns, self.now).copy(counted)


def make_country(
    *, spots: int, bookings: int, now: datetime, seed: int = 1, progress: Progress, trades: bool = True
) -> Country:
    """Into an empty database: ``spots`` listed spots with ``bookings`` bookings of the 60 days around ``now``.

    ``trades``: write the renters' bookings too, not only what they occupy. Raises Conflict where there are lots.
    """
    if Lot.objects.exists():
        raise Conflict("not_empty", "There are lots in this database; generate wants an empty one.")
    dice = random.Random(seed)
    cities = make_cities(spots, dice)
    sites = list(make_sites(cities, dice))
    weeks, horizon = make_weeks(now)
    members = max(10, spots // tables.SPOTS_PER_OWNER)
    plan = _Plan(sites, tables.make_offers(sites, dice), weeks, horizon, members, now, progress)
    with transaction.atomic():
        loaded: list[type[Model]] = [Lot, FloorPlan, Gate, Spot, Listing, WeeklyWindow, Occupancy, IdleTime]
        loaded += [Booking] if trades else []
        with bare([model._meta.db_table for model in loaded], progress):
            _make_ground(plan, dice)
            made = _make_bookings(plan, bookings, seed, trades=trades)
            _make_idle_time(plan)
        set_sequences([Member._meta.db_table, *(model._meta.db_table for model in loaded[:6])])
    _analyse(progress)
    return Country(len(cities), len(sites), len(plan.offers), made)


def _make_ground(plan: _Plan, dice: random.Random) -> None:
    sites, offers, lots = plan.sites, plan.offers, len(plan.sites)
    first = Member.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if first:
        raise Conflict("not_empty", "There are members in this database; generate wants an empty one.")
    plan.copy(Member, tables.MEMBER_COLUMNS, tables.member_lines(plan.members), plan.members)
    plan.copy(Lot, tables.LOT_COLUMNS, tables.lot_lines(sites), lots)
    plan.copy(FloorPlan, tables.PLAN_COLUMNS, tables.plan_lines(sites), lots)
    plan.copy(Gate, tables.GATE_COLUMNS, tables.gate_lines(sites), 2 * lots)
    plan.copy(Spot, tables.SPOT_COLUMNS, tables.spot_lines(sites, plan.members, dice), len(offers))
    plan.copy(Listing, tables.LISTING_COLUMNS, tables.listing_lines(offers, plan.members), len(offers))
    plan.copy(WeeklyWindow, tables.WINDOW_COLUMNS, tables.window_lines(offers), 6 * len(offers))


def _make_bookings(plan: _Plan, count: int, seed: int, *, trades: bool) -> int:
    """Two passes over the same stays: all of one table, then all of the other."""

    def again() -> Iterable[Stay]:
        return tables.stays(plan.offers, plan.weeks, count, random.Random(seed + 1))

    made = 0

    def occupancies() -> Iterable[str]:
        nonlocal made
        for stay in again():
            made = stay.number
            yield tables.occupancy_line(stay)

    plan.copy(Occupancy, tables.OCCUPANCY_COLUMNS, occupancies(), count)
    if trades:
        lines = (tables.booking_line(stay, plan.members) for stay in again())
        plan.copy(Booking, tables.BOOKING_COLUMNS, lines, count)
    return made


def _make_idle_time(plan: _Plan) -> None:
    """Each spot's week as the domain expands it, less its live occupancies: what the domain's rebuild writes."""
    plan.progress.begin("lots.idletime")
    defaults: dict[str, Any] = {
        str(field.column): field.get_default()
        for field in IdleTime._meta.concrete_fields
        if field.column not in _IDLE_COLUMNS and not field.generated
    }
    sql = _IDLE.format(
        columns="".join(f", {name}" for name in defaults), values="".join(f", %({name})s" for name in defaults)
    )
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE generated_weeks (pattern int, idle tstzmultirange) ON COMMIT DROP")
        cursor.execute("CREATE TEMP TABLE generated_patterns (spot_id bigint, pattern int) ON COMMIT DROP")
        for number, week in enumerate(plan.weeks):
            cursor.execute("INSERT INTO generated_weeks VALUES (%s, %s)", [number, week.idle])
        _copy_patterns(cursor, plan.offers)
        cursor.execute(sql, {"horizon": plan.horizon, **defaults})
        plan.progress.end("lots.idletime", f"{cursor.rowcount:,}")


def _copy_patterns(cursor: Any, offers: Sequence[Offer]) -> None:
    lines = Lines(f"{offer.spot_id}\t{offer.pattern}\n" for offer in offers)
    cursor.copy_expert("COPY generated_patterns FROM STDIN", lines, 1 << 20)


def _analyse(progress: Progress) -> None:
    """Visibility map for index-only scans, statistics for the planner; outside a transaction."""
    progress.begin("vacuum analyze")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    progress.end("vacuum analyze")
