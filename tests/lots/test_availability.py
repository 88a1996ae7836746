"""What is shown of a spot's time: now, over a range, as a day and as a week."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from berth.kernel.ids import uuid7
from lots.domain import listings, occupancy
from lots.models import FloorPlan
from lots.queries import Segment, day_segments, days_of, floor_plan_view, is_idle, lot_availability, week_view
from tests.lots.making import make_listing, make_lot, make_member, make_spot, quarter

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 23)
WORKDAYS = [(weekday, 510, 1080) for weekday in range(5)]


@pytest.fixture
def monday_morning():
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=SHANGHAI), tick=False):
        yield


def at(hour, minute=0, day=23):
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def take(spot, start, end, kind="booking"):
    occupancy_id = uuid7()
    assert occupancy.take(occupancy_id=occupancy_id, spot_id=spot.pk, start=start, end=end, kind=kind)
    return occupancy_id


@pytest.mark.usefixtures("monday_morning")
def test_day_shows_idle_booked_and_past():
    spot = make_listing(windows=WORKDAYS).spot
    take(spot, at(12), at(14))
    assert day_segments(spot.pk, MONDAY) == [
        Segment(510, 720, "idle"),
        Segment(720, 840, "booked"),
        Segment(840, 1080, "idle"),
        Segment(0, 540, "past"),
    ]
    assert day_segments(spot.pk, MONDAY - timedelta(days=1)) == [Segment(0, 1440, "past")]
    assert day_segments(spot.pk, MONDAY + timedelta(days=1)) == [Segment(510, 1080, "idle")]


@pytest.mark.usefixtures("monday_morning")
def test_day_shows_what_is_the_viewers_and_what_is_maintained():
    spot = make_listing(windows=WORKDAYS).spot
    booked = take(spot, at(10), at(11))
    take(spot, at(13), at(14), "owner_use")
    take(spot, at(15), at(16), "maintenance")
    kinds = {s.start_minute: s.kind for s in day_segments(spot.pk, MONDAY, spot.owner, yours={booked})}
    assert (kinds[600], kinds[780], kinds[900]) == ("yours", "yours", "closed")
    kinds = {s.start_minute: s.kind for s in day_segments(spot.pk, MONDAY, make_member())}
    assert (kinds[600], kinds[780], kinds[900]) == ("booked", "booked", "closed")


@pytest.mark.usefixtures("monday_morning")
def test_draft_is_shown_to_its_owner_alone():
    spot = make_listing(windows=WORKDAYS, published=False).spot
    tomorrow = MONDAY + timedelta(days=1)
    assert day_segments(spot.pk, tomorrow, spot.owner) == [Segment(510, 1080, "idle")]
    assert day_segments(spot.pk, tomorrow) == []


@pytest.mark.usefixtures("monday_morning")
def test_booking_over_midnight_is_split_between_its_days():
    spot = make_listing().spot
    take(spot, at(22), at(6, day=24))
    days = days_of([spot], MONDAY, 2)[spot.pk]
    assert Segment(1320, 1440, "booked") in days[0].segments
    assert Segment(0, 360, "booked") in days[1].segments


@pytest.mark.usefixtures("monday_morning")
@pytest.mark.parametrize("spots", [1, 3])
def test_week_of_several_spots_takes_two_queries(spots, django_assert_num_queries):
    lot = make_lot()
    shown = [make_listing(make_spot(lot), windows=WORKDAYS).spot for _ in range(spots)]
    with django_assert_num_queries(2):
        week = week_view(shown, MONDAY)
    assert [len(week[spot.pk]) for spot in shown] == [7] * spots
    assert [bool(day.segments) for day in week[shown[0].pk]] == [True] * 5 + [False] * 2
    assert week_view([], MONDAY) == {}


def test_days_are_the_lots_own_far_from_here():
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("UTC")), tick=False):
        lot = make_lot(timezone="Pacific/Auckland")
        spot = make_listing(make_spot(lot), windows=[(1, 0, 60)]).spot
        assert day_segments(spot.pk, date(2026, 11, 24)) == [Segment(0, 60, "idle")]


def test_is_idle_is_false_for_a_spot_without_a_listing():
    assert not is_idle(make_spot().pk, quarter(0), quarter(60))


def test_lot_availability_tells_each_spot(django_assert_num_queries):
    lot = make_lot()
    free = make_listing(make_spot(lot, code="A-1")).spot
    busy = make_listing(make_spot(lot, code="A-2"), hourly_price_minor=900).spot
    make_spot(lot, code="A-3")
    make_listing(make_spot(lot, code="A-4"), published=False)
    take(busy, quarter(0), quarter(60))
    with django_assert_num_queries(1):
        states = lot_availability(lot, quarter(30), quarter(90))
    assert [(s.code, s.listed, s.free, s.hourly_price_minor) for s in states] == [
        ("A-1", True, True, 800),
        ("A-2", True, False, 900),
        ("A-3", False, False, None),
        ("A-4", False, False, 800),
    ]
    assert free.pk == states[0].spot_id


def test_floor_plan_shows_each_bay_in_its_state(django_assert_num_queries):
    lot = make_lot()
    spots = {code: make_spot(lot, code=code) for code in ("A-1", "A-2", "A-3", "A-4", "A-5")}
    for code in ("A-1", "A-2", "A-3"):
        make_listing(spots[code])
    take(spots["A-2"], quarter(-60), quarter(60))
    listings.mark_sick(spot=spots["A-3"], since=quarter(0))
    with django_assert_num_queries(4):
        plan = floor_plan_view(
            lot, states={spots["A-5"].pk: "taken"}, mine={spots["A-1"].pk}, href=lambda spot: f"/{spot.code}"
        )
    assert {bay["code"]: bay["state"] for bay in plan["bays"]} == {
        "A-1": "free",
        "A-2": "reserved",
        "A-3": "fault",
        "A-4": "closed",
        "A-5": "taken",
    }
    assert [bay["mine"] for bay in plan["bays"]] == [True, False, False, False, False]
    assert plan["bays"][0]["href"] == "/A-1"
    assert (plan["width"], plan["height"]) == (60, 40)


def test_floor_plan_over_a_range_and_of_another_level():
    lot = make_lot()
    spot = make_listing(make_spot(lot)).spot
    take(spot, quarter(60), quarter(120))
    assert floor_plan_view(lot, start=quarter(0), end=quarter(60))["bays"][0]["state"] == "free"
    assert floor_plan_view(lot, start=quarter(0), end=quarter(90))["bays"][0]["state"] == "reserved"
    upper = FloorPlan.objects.create(lot=lot, level=1, name_zh="一层", width=10, height=10)
    assert floor_plan_view(lot, plan=upper)["bays"] == []
    lot.floor_plans.exclude(pk=upper.pk).first().spots.update(floor_plan=upper)
    assert len(floor_plan_view(lot, plan=upper)["bays"]) == 1


def test_lot_without_a_plan_has_an_empty_one():
    lot = make_lot()
    lot.floor_plans.all().delete()
    assert floor_plan_view(lot)["bays"] == []
