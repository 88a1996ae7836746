"""Random histories of a spot, and an oracle that paints each minute by looking at the clock on the wall.

The oracle knows no intervals: a byte for every minute from now to the horizon, 1 where the spot is idle. It is used by
tests/lots/test_idle_time.py (some histories in every run) and by `make soak-idle` (ten thousand).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils import timezone
from hypothesis import strategies as st

from berth.kernel.ids import uuid7
from lots.domain import calendar, idle_time, listings, occupancy, seizing
from lots.domain.listing_rules import BookingRules
from lots.models import CalendarDay, IdleTime, Listing, Occupancy
from tests.lots.making import make_listing, make_lot, make_member, make_spot

MINUTE = timedelta(minutes=1)
WORKDAYS = [(weekday, 510, 1080) for weekday in range(5)]
NOW = {
    "Asia/Shanghai": datetime(2026, 9, 18, 4, tzinfo=UTC),
    "Europe/London": datetime(2026, 10, 23, 4, tzinfo=UTC),
    "America/New_York": datetime(2026, 10, 30, 4, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 10, 2, 1, tzinfo=UTC),
}
"""Days before a zone's clocks change; for Shanghai, where they never do, before holidays and made-up workdays."""

_starts, _lengths, _choices = st.integers(0, 4500), st.integers(1, 900), st.integers(0, 10)
STEPS = st.one_of(
    st.tuples(st.just("book"), _starts, _lengths),
    st.tuples(st.just("book any"), _starts, _lengths),
    st.tuples(st.just("keep"), _starts, _lengths),
    st.tuples(st.just("maintain"), _starts, _lengths),
    st.tuples(st.just("cancel"), _choices, st.just(0)),
    st.tuples(st.just("recall"), _choices, st.integers(-60, 1000)),
    st.tuples(st.just("week"), st.integers(0, 1300), st.integers(1, 140)),
    st.tuples(st.just("close"), st.integers(0, 4), st.integers(1, 1439)),
    st.tuples(st.just("open"), st.integers(0, 4), st.integers(1, 1439)),
    st.tuples(st.just("forget"), _choices, st.just(0)),
    st.tuples(st.just("rules"), st.integers(0, 2), st.integers(0, 5)),
    st.tuples(st.just("holiday"), st.integers(0, 5), st.integers(0, 2)),
    st.tuples(st.just("pause"), st.just(0), st.just(0)),
    st.tuples(st.just("anew"), st.just(0), st.just(0)),
    st.tuples(st.just("time"), st.integers(1, 2000), st.just(0)),
)
HISTORIES = st.tuples(st.sampled_from(sorted(NOW)), st.lists(STEPS, max_size=14))


class History:
    """One spot and what happens to it. ``clock`` is time_machine's, standing at NOW of the zone."""

    def __init__(self, zone: str, clock) -> None:
        self.clock = clock
        self.renter = make_member()
        self.listing = make_listing(make_spot(make_lot(timezone=zone)), windows=WORKDAYS)
        self.spot = self.listing.spot

    def perform(self, verb: str, one: int, two: int) -> None:
        getattr(self, "_" + verb.replace(" ", "_"))(one, two)

    def painted(self) -> bytes:
        """What is stored, from now to the horizon."""
        now, horizon = timezone.now(), self._horizon()
        found = bytearray((horizon - now) // MINUTE)
        for start, end in idle_time.stored(self.spot.pk):
            _paint(found, now, start, end, 1)
        return bytes(found)

    def oracle(self) -> bytes:
        """What it must be."""
        now, horizon = timezone.now(), self._horizon()
        found = bytearray((horizon - now) // MINUTE)
        zone = self.spot.lot.timezone
        windows, exceptions = list(self.listing.windows.all()), list(self.listing.exceptions.all())
        days = {day.date: day.kind for day in CalendarDay.objects.filter(region=self.spot.lot.holiday_region)}
        passed = (now - NOW[zone]) // MINUTE
        for date, minutes in walls(zone).items():
            shown = self._day(date, windows, exceptions, days.get(date))
            if any(shown):
                for index, minute in minutes:
                    if shown[minute] and passed <= index < passed + len(found):
                        found[index - passed] = 1
        buffer = self.listing.buffer_minutes * MINUTE
        for row in Occupancy.objects.filter(spot=self.spot):
            pad = buffer if row.kind in ("hold", "booking", "rental_bay") else timedelta()
            if row.state == "live" or row.released_at >= row.period.upper:
                _paint(found, now, row.period.lower - pad, row.period.upper + pad, 0)
        return bytes(found)

    def _day(self, date, windows, exceptions, kind) -> bytearray:
        weekday, rule = date.weekday(), self.listing.holidays
        closed = False
        if rule != "as_usual" and kind == "work" and weekday >= 5:
            weekday = 4 if weekday == 5 else 0
        elif rule == "not_idle" and kind == "off":
            closed = True
        elif rule == "as_weekend" and kind == "off" and weekday < 5:
            weekday = 6
        shown = bytearray(1440)
        for window in windows:
            if window.weekday == weekday and not closed:
                for minute in range(window.start_minute, window.end_minute):
                    shown[minute] = 1
        for exception in exceptions:
            if exception.date == date:
                for minute in range(exception.start_minute, exception.end_minute):
                    shown[minute] = exception.kind == "open"
        return shown

    def _horizon(self):
        return IdleTime.objects.get(pk=self.spot.pk).horizon

    def _period(self, one, two):
        start = timezone.now() + one * MINUTE
        return {"start": start, "end": start + two * MINUTE}

    def _book(self, one, two):
        seizing.seize(
            occupancy_id=uuid7(), spot_id=self.spot.pk, kind="booking", expires_at=None, **self._period(one, two)
        )

    def _book_any(self, one, two):
        wish = seizing.Wish(self.spot.lot_id, 0, 10_000, None, self.renter.pk, one)
        seizing.seize_any(
            occupancy_id=uuid7(),
            wish=wish,
            kind="hold",
            expires_at=timezone.now() + 10 * MINUTE,
            **self._period(one, two),
        )

    def _keep(self, one, two):
        occupancy.take(occupancy_id=uuid7(), spot_id=self.spot.pk, kind="owner_use", **self._period(one, two))

    def _maintain(self, one, two):
        occupancy.take(occupancy_id=uuid7(), spot_id=self.spot.pk, kind="maintenance", **self._period(one, two))

    def _cancel(self, one, two):
        if (row := self._taken(one)) is not None:
            occupancy.release(occupancy_id=row.pk)

    def _recall(self, one, two):
        if (row := self._taken(one)) is not None:
            occupancy.release(occupancy_id=row.pk, at=row.period.lower + two * MINUTE)

    def _taken(self, one):
        rows = list(Occupancy.objects.filter(spot=self.spot, state="live").order_by("period"))
        return rows[one % len(rows)] if rows else None

    def _week(self, one, two):
        windows = [(day, one, one + two) for day in range(0, 7, 1 + one % 3)]
        self.listing = listings.set_schedule(listing=self.listing, windows=windows, by=self.listing.owner)

    def _close(self, one, two):
        self._except("closed", one, two)

    def _open(self, one, two):
        self._except("open", one, two)

    def _except(self, kind, one, two):
        day = timezone.now().astimezone(self.spot.lot.zone).date() + timedelta(days=1 + one)
        if not self.listing.exceptions.filter(date=day).exists():
            listings.add_exception(
                listing=self.listing, day=day, kind=kind, start_minute=two // 2, end_minute=two, by=self.listing.owner
            )

    def _forget(self, one, two):
        known = list(self.listing.exceptions.all())
        if known:
            gone = known[one % len(known)]
            listings.remove_exception(listing=self.listing, exception_id=gone.pk, by=self.listing.owner)

    def _rules(self, one, two):
        rules = BookingRules(Listing.Holidays.values[one], 0, 30, 43_200, 15 * two)
        self.listing = listings.set_booking_rules(listing=self.listing, rules=rules, by=self.listing.owner)

    def _holiday(self, one, two):
        """Staff change the calendar: off, worked, or ordinary again."""
        day = timezone.now().astimezone(self.spot.lot.zone).date() + timedelta(days=one)
        CalendarDay.objects.filter(region="CN", date=day).delete()
        if two:
            CalendarDay.objects.create(region="CN", date=day, kind=("off", "work")[two - 1], name_zh="改")
        calendar.follow("CN")

    def _pause(self, one, two):
        listings.pause(listing=self.listing, by=self.listing.owner)
        self.listing = listings.publish(listing=self.listing, by=self.listing.owner)

    def _anew(self, one, two):
        """Withdrawn and offered again: the new row finds what is taken."""
        listings.withdraw(listing=self.listing, by=self.listing.owner)
        self.listing = make_listing(self.spot, windows=WORKDAYS)

    def _time(self, one, two):
        self.clock.shift(one * MINUTE)
        idle_time.roll(now=timezone.now())


@lru_cache
def walls(zone: str):
    """Local date → (number of the UTC minute from NOW, minute that the wall clock then shows), for 90 days."""
    place, found, at = ZoneInfo(zone), defaultdict(list), NOW[zone]
    for index in range(90 * 1440):
        local = at.astimezone(place)
        found[local.date()].append((index, local.hour * 60 + local.minute))
        at += MINUTE
    return found


def _paint(found: bytearray, now: datetime, start: datetime, end: datetime, value: int) -> None:
    first, last = max(0, (start - now) // MINUTE), min(len(found), (end - now) // MINUTE)
    if first < last:
        found[first:last] = bytes([value]) * (last - first)
