"""Filters, pages, repeated times, clusters and almost-answers of the search, each against a plain walk or a fact."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from math import nan
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from berth.kernel.errors import InvalidInput
from berth.kernel.ids import uuid7
from lots.domain import listings, occupancy
from lots.models import Feature, Gate, Landmark, Lot
from lots.queries import Needs, Section, Wish, clusters, nearly, occurrences, search_page, suggest_places
from tests.lots.making import ALWAYS, make_listing, make_lot, make_spot, quarter

pytestmark = pytest.mark.django_db
HERE = {"latitude": 23.12, "longitude": 113.32, "radius_m": 3000}


def wish(start=60, end=180, **values):
    return Wish(**{**HERE, "periods": ((quarter(start), quarter(end)),)} | values)


def codes(page):
    return [result.lot.code for result in page.lots]


# --- needs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needs", "found"),
    [
        ({}, ["low", "open"]),
        ({"kind": "public"}, ["open"]),
        ({"kind": "residential"}, ["low"]),
        ({"height_cm": 210}, ["low", "open"]),
        ({"height_cm": 211}, ["open"]),
        ({"width_cm": 250}, ["low", "open"]),
        ({"width_cm": 251}, ["open"]),
        ({"length_cm": 500}, ["low"]),
        ({"features": int(Feature.EV_CHARGER), "height_cm": 250}, ["open"]),
        ({"height_cm": 211, "length_cm": 500}, []),
    ],
)
def test_each_need_leaves_what_has_it(needs, found):
    low = make_lot(code="low", kind=Lot.Kind.RESIDENTIAL)
    make_listing(make_spot(low, max_height_cm=210), hourly_price_minor=500)
    wide = [[0, 0], [3, 0], [3, 4], [0, 4]]
    make_listing(make_spot(make_lot(code="open", kind=Lot.Kind.PUBLIC), outline=wide, features=int(Feature.EV_CHARGER)))
    assert codes(search_page(wish(needs=Needs(**needs)))) == found


@pytest.mark.parametrize("outline", [[], [[0, 0], [3, 0], [3, 4]], {"no": "list"}])
def test_bay_of_another_shape_has_no_size(outline):
    spot = make_spot(outline=outline)
    spot.refresh_from_db()
    assert (spot.width_cm, spot.length_cm) == (None, None)


@pytest.mark.parametrize(
    ("needs", "field"),
    [
        ({"features": 1 << 20}, "features"),
        ({"kind": "castle"}, "kind"),
        ({"height_cm": 0}, "height_cm"),
        ({"width_cm": -5}, "width_cm"),
        ({"length_cm": 3001}, "length_cm"),
    ],
)
def test_impossible_need_is_refused_beside_its_field(needs, field):
    with pytest.raises(InvalidInput) as refusal:
        search_page(wish(needs=Needs(**needs)))
    assert list(refusal.value.fields) == [field]


def test_walking_order_goes_by_the_nearest_gate():
    behind = make_lot(code="behind", latitude=23.1210)
    gate_far_round = make_lot(code="round", latitude=23.1205)
    for lot, latitude in ((behind, 23.1202), (gate_far_round, 23.1260)):
        make_listing(make_spot(lot))
        values = {"name_zh": "门", "direction": "entry", "longitude": 113.32}
        Gate.objects.create(lot=lot, code="in", latitude=latitude, **values)
    page = search_page(wish(), order="walk")
    assert codes(page) == ["behind", "round"]
    assert codes(search_page(wish(), order="distance")) == ["round", "behind"]
    assert page.lots[0].walk_m == pytest.approx(1.3 * 22.3, abs=1)
    assert [result.walk_minutes for result in page.lots] == [1, 11]


# --- pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["price", "distance", "walk"])
def test_pages_are_the_whole_in_order_without_a_gap_or_a_repeat(order):
    dice = random.Random(3)
    for _ in range(11):
        lot = make_lot(latitude=23.12 + dice.choice([0, 0, 0.001, -0.004]), longitude=113.32 + dice.choice([0, 0.002]))
        make_listing(make_spot(lot), hourly_price_minor=dice.choice([500, 500, 800]))
    whole = codes(search_page(wish(), order=order, limit=100))
    seen, cursor = [], None
    for _ in range(4):
        page = search_page(wish(), order=order, limit=3, cursor=cursor)
        seen += codes(page)
        cursor = page.next
    assert len(whole) == 11
    assert (seen, cursor) == (whole, None)


def test_cursor_that_was_changed_or_is_of_another_question_is_refused():
    for _ in range(3):
        make_listing()
    cursor = search_page(wish(), limit=1).next
    body, _, signature = cursor.partition(":")
    others = [cursor[:-1], f"{body}x:{signature}", "x", "", "\0", "a:b:c", cursor.swapcase(), "0" * 500]
    for tampered in others[:3] + others[4:]:
        with pytest.raises(InvalidInput) as refusal:
            search_page(wish(), limit=1, cursor=tampered)
        assert list(refusal.value.fields) == ["cursor"]
    for other, order in ((wish(end=195), "price"), (wish(radius_m=2999), "price"), (wish(), "distance")):
        with pytest.raises(InvalidInput, match="cursor_invalid"):
            search_page(other, order=order, cursor=cursor)


def test_cursor_holds_whatever_zone_the_question_is_asked_in():
    for _ in range(2):
        make_listing()
    cursor = search_page(wish(), limit=1).next
    there = ZoneInfo("America/New_York")
    moved = replace(wish(), periods=tuple((a.astimezone(there), b.astimezone(there)) for a, b in wish().periods))
    assert len(search_page(moved, cursor=cursor).lots) == 1


# --- times that repeat -----------------------------------------------------------------------------


def test_workdays_for_four_weeks_are_twenty_times_by_the_wall_clock():
    zone = ZoneInfo("America/New_York")  # clocks change on 8 March 2026
    first = datetime(2026, 2, 28, 9, tzinfo=zone)
    times = occurrences(first, first + timedelta(hours=9), weekdays=range(5), weeks=4, zone=zone)
    local = [(start.astimezone(zone), end.astimezone(zone)) for start, end in times]
    assert len(times) == 20
    assert {(start.time(), end.time()) for start, end in local} == {(time(9), time(18))}
    assert [start.date() for start, _end in local[:6]] == [date(2026, 3, day) for day in (2, 3, 4, 5, 6, 9)]
    assert times[0][0].hour, times[5][0].hour == (14, 13)


def test_night_that_repeats_ends_on_the_next_day():
    start = datetime(2026, 5, 1, 12, tzinfo=UTC)
    times = occurrences(start, start + timedelta(hours=12), weekdays=[4], weeks=2, zone=ZoneInfo("Asia/Shanghai"))
    assert times == (
        (start, start + timedelta(hours=12)),
        (start + timedelta(days=7), start + timedelta(days=7, hours=12)),
    )


def test_time_that_the_clock_skips_is_refused():
    zone = ZoneInfo("America/New_York")
    start = datetime(2026, 3, 6, 2, 30, tzinfo=zone)
    with pytest.raises(InvalidInput, match="time_skipped"):
        occurrences(start, start + timedelta(hours=2), weekdays=range(7), weeks=1, zone=zone)


@pytest.mark.parametrize(
    ("hours", "weekdays", "weeks", "field"),
    [(2, [], 1, "weekdays"), (2, [7], 1, "weekdays"), (2, [1], 0, "weeks"), (2, [1], 9, "weeks"), (25, [1], 1, "end")],
)
def test_impossible_repeat_is_refused_beside_its_field(hours, weekdays, weeks, field):
    start = quarter()
    with pytest.raises(InvalidInput) as refusal:
        occurrences(start, start + timedelta(hours=hours), weekdays=weekdays, weeks=weeks, zone=UTC)
    assert list(refusal.value.fields) == [field]


def test_spot_must_be_free_every_time():
    free, once_taken = make_listing(make_spot(make_lot(code="free"))), make_listing(make_spot(make_lot(code="taken")))
    start = quarter(2 * 1440)
    times = occurrences(start, start + timedelta(hours=2), weekdays=range(7), weeks=2, zone=UTC)
    taken = {"start": times[9][0] + timedelta(hours=1), "end": times[9][1], "kind": "booking"}
    occupancy.take(occupancy_id=uuid7(), spot_id=once_taken.spot_id, **taken)
    assert codes(search_page(wish(periods=times))) == ["free"]
    assert free.spot_id == search_page(wish(periods=times)).lots[0].spots[0].spot_id
    assert len(search_page(wish(periods=times[:9])).lots) == 2


def test_time_beyond_what_owners_offer_is_refused():
    far = quarter(62 * 1440)
    with pytest.raises(InvalidInput) as refusal:
        search_page(wish(periods=((far, far + timedelta(hours=1)),)))
    assert list(refusal.value.fields) == ["end"]


# --- nearly ----------------------------------------------------------------------------------------


def test_other_times_are_the_nearest_at_which_the_spot_is_free_for_as_long():
    listing = make_listing()
    start = quarter(600)
    occupancy.take(
        occupancy_id=uuid7(), spot_id=listing.spot_id, start=start, end=start + timedelta(hours=4), kind="booking"
    )
    wanted = (start + timedelta(hours=1), start + timedelta(hours=3))
    [other] = nearly(wish(periods=(wanted,))).other_times
    assert (other.start, other.end) == (start - timedelta(hours=2), start)
    later = (start + timedelta(hours=3), start + timedelta(hours=5))
    [other] = nearly(wish(periods=(later,))).other_times
    assert (other.start, other.spot.spot_id) == (start + timedelta(hours=4), listing.spot_id)


def test_other_times_can_be_booked_and_lie_on_the_quarter_hour():
    odd = [(day, 7, 1433) for day, _, _ in ALWAYS]
    listing = make_listing(windows=odd)
    midnight = datetime.combine(date.today() + timedelta(days=3), time(), ZoneInfo("Asia/Shanghai"))
    [other] = nearly(wish(periods=((midnight, midnight + timedelta(hours=2)),))).other_times
    assert other.start == midnight + timedelta(minutes=15)
    assert search_page(wish(periods=((other.start, other.end),))).lots[0].lot == listing.spot.lot


def test_nearly_looks_further_and_without_the_filters(django_assert_max_num_queries):
    make_listing(make_spot(make_lot(code="plain")))
    make_listing(make_spot(make_lot(code="far", latitude=23.2), features=1))
    with django_assert_max_num_queries(6):
        found = nearly(wish(needs=Needs(features=1)))
    assert [result.lot.code for result in found.further] == ["far"]
    assert [result.lot.code for result in found.plainer] == ["plain"]
    assert found.any


def test_nothing_is_nearly_where_there_is_nothing():
    assert not nearly(wish()).any


# --- the map ---------------------------------------------------------------------------------------


def section(zoom, **edges):
    return Section(**{"south": 23.0, "west": 113.2, "north": 23.2, "east": 113.4, "zoom": zoom} | edges)


def test_clusters_part_as_one_zooms_in_and_lose_no_lot():
    dice = random.Random(5)
    for _ in range(12):
        lot = make_lot(latitude=23.1 + dice.uniform(-0.05, 0.05), longitude=113.3 + dice.uniform(-0.05, 0.05))
        make_listing(make_spot(lot), hourly_price_minor=dice.choice([500, 900]))
    make_lot(code="nothing-free", latitude=23.1, longitude=113.3)
    times = wish().periods
    wide, near = (clusters(section(zoom), periods=times) for zoom in (11, 15))
    assert (sum(one.lots for one in wide), sum(one.lots for one in near)) == (12, 12)
    assert len(wide) < len(near) <= 12
    assert min(one.hourly_price_minor for one in wide) == 500
    assert all((one.code is not None) == (one.lots == 1) for one in near)
    assert sum(one.lots for one in clusters(section(8), periods=times)) == 13  # a wide view looks at no time


def test_clusters_are_one_query_and_obey_needs(django_assert_num_queries):
    make_listing(make_spot(features=1))
    make_listing()
    with django_assert_num_queries(1):
        [one] = clusters(section(12), periods=wish().periods, needs=Needs(features=1))
    assert one.lots == 1


@pytest.mark.parametrize(
    ("edges", "field"),
    [
        ({"south": nan}, "south"),
        ({"north": 86}, "north"),
        ({"west": -181}, "west"),
        ({"zoom": 23}, "zoom"),
        ({"zoom": -1}, "zoom"),
        ({"north": 22}, "north"),
        ({"east": 113.2}, "east"),
        ({"zoom": 20}, "zoom"),
        ({"south": -80, "north": 80, "west": -179, "east": 179, "zoom": 11}, "zoom"),
    ],
)
def test_impossible_section_is_refused_beside_its_field(edges, field):
    with pytest.raises(InvalidInput) as refusal:
        clusters(section(**{"zoom": 12} | edges), periods=wish().periods)
    assert list(refusal.value.fields) == [field]


# --- places ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("珠江新城", "珠江新城"),
        ("zhujiangxincheng", "珠江新城"),
        ("zhujiang xincheng", "珠江新城"),
        ("zjxc", "珠江新城"),
        ("Zhujiang New", "珠江新城"),
        ("zhujang new town", "珠江新城"),
        ("重庆", "重庆大厦"),
        ("chongqing", "重庆大厦"),
        ("cqds", "重庆大厦"),
        ("yijing", "怡景花园"),
        ("冼村路", "怡景花园"),
    ],
)
def test_places_are_found_in_chinese_pinyin_initials_and_english(text, name, django_assert_num_queries):
    Landmark.objects.create(name_zh="珠江新城", name_en="Zhujiang New Town", latitude=23.12, longitude=113.32)
    Landmark.objects.create(name_zh="未开放", name_en="Zhujiang New Secret", latitude=1, longitude=1, published=False)
    make_lot(name_zh="重庆大厦", name_en="", address_zh="北京路")
    make_lot(name_zh="怡景花园", name_en="Yijing Garden", address_zh="冼村路 29 号")
    with django_assert_num_queries(1), override("zh-hans"):
        assert suggest_places(text)[0].name == name


@pytest.mark.parametrize("text", ["", "  ", "%", "_", "\0", "\\", "zzzz", "'; --"])
def test_no_place_is_found_for_nothing(text):
    make_lot()
    assert suggest_places(text) == []


def test_new_name_has_a_new_reading():
    lot = make_lot(name_zh="天河")
    lot.name_zh = "海珠"
    lot.save(update_fields=["name_zh"])
    lot.refresh_from_db()
    assert lot.pinyin == "haizhu hz"


def test_paused_listing_is_in_no_answer():
    listing = make_listing()
    listings.pause(listing=listing, by=listing.owner)
    assert search_page(wish()).lots == []
    assert clusters(section(12), periods=wish().periods) == []
    assert not nearly(wish()).any
