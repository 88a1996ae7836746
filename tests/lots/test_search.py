"""The search answers exactly what a naive walk over everything answers, in one query."""

import random
from datetime import datetime, timedelta
from datetime import timezone as zone
from math import asin, cos, hypot, inf, nan, radians, sin, sqrt

import pytest
from django.db import connection
from django.utils import timezone

from berth.kernel import prepared
from berth.kernel.errors import InvalidInput
from berth.kernel.ids import uuid7
from lots.domain import listings, occupancy
from lots.domain.idle_time import current_listing, derive
from lots.models import Feature, Lot, Spot
from lots.queries import search_spots, suggest_lots
from lots.queries.wishes import mercator
from tests.lots.making import make_listing, make_lot, make_spot, quarter

pytestmark = pytest.mark.django_db
CENTRE = {"latitude": 23.1200, "longitude": 113.3200}


def search(**asked):
    return search_spots(**{**CENTRE, "radius_m": 3000, "start": quarter(60), "end": quarter(180)} | asked)


def flat_distance(latitude, longitude, lot):
    """On the Mercator plane, corrected at the centre: what DESIGN.md calls the radius."""
    (x1, y1), (x2, y2) = mercator(latitude, longitude), mercator(lot.latitude, lot.longitude)
    return hypot(x2 - x1, y2 - y1) * cos(radians(latitude))


def great_circle(latitude, longitude, lot):
    a, b = radians(latitude), radians(lot.latitude)
    h = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(lot.longitude - longitude) / 2) ** 2
    return 2 * 6_378_137 * asin(sqrt(h))


def naive(latitude, longitude, radius_m, start, end, features=0, order="price", limit=20):
    found = []
    for lot in Lot.objects.filter(published=True):
        distance = flat_distance(latitude, longitude, lot)
        free = []
        for spot in Spot.objects.filter(lot=lot, sick_since=None):
            listing = current_listing(spot.pk)
            if (
                listing is not None
                and listing.state == "published"
                and spot.features & features == features
                and derive(listing, start, end) == [(start, end)]
            ):
                free.append((listing.hourly_price_minor, spot.pk))
        if distance <= radius_m and free:
            cheapest = min(free)[0] if order == "price" else 0
            found.append(((cheapest, distance, lot.pk), lot, len(free), sorted(free)[:3]))
    found.sort(key=lambda entry: entry[0])
    return [(lot.code, count, free) for _, lot, count, free in found[:limit]]


def seen(results):
    return [(r.lot.code, r.count, [(s.hourly_price_minor, s.spot_id) for s in r.spots]) for r in results]


@pytest.fixture
def city():
    """A dozen lots around the centre with a few dozen spots of mixed price, schedule, features, health and bookings."""
    dice = random.Random(7)
    for _ in range(12):
        lot = make_lot(
            latitude=CENTRE["latitude"] + dice.uniform(-0.03, 0.03),
            longitude=CENTRE["longitude"] + dice.uniform(-0.03, 0.03),
            published=dice.random() < 0.9,
        )
        for _ in range(dice.randrange(5)):
            spot = make_spot(lot, features=dice.randrange(64))
            windows = [(day, 15 * dice.randrange(30), 15 * dice.randrange(60, 97)) for day in range(7)]
            listing = make_listing(
                spot,
                windows=windows if dice.random() < 0.3 else [(day, 0, 1440) for day in range(7)],
                hourly_price_minor=dice.choice([500, 600, 800, 800, 1000]),
            )
            fate = dice.random()
            if fate < 0.1:
                listings.pause(listing=listing, by=spot.owner)
            elif fate < 0.2:
                listings.mark_sick(spot=spot, since=timezone.now())
            elif fate < 0.5:
                start = quarter(15 * dice.randrange(40))
                occupancy.take(
                    occupancy_id=uuid7(), spot_id=spot.pk, start=start, end=start + timedelta(hours=2), kind="booking"
                )


def test_search_is_what_the_naive_walk_finds(city):
    dice = random.Random(11)
    hits = 0
    for _ in range(40):
        start = quarter(15 * dice.randrange(60))
        asked = {
            "latitude": CENTRE["latitude"] + dice.uniform(-0.02, 0.02),
            "longitude": CENTRE["longitude"] + dice.uniform(-0.02, 0.02),
            "radius_m": dice.choice([200, 1000, 2500, 6000]),
            "start": start,
            "end": start + timedelta(minutes=15 * dice.randrange(2, 20)),
            "features": dice.choice([0, 0, 1, 2, 5]),
            "order": dice.choice(["price", "distance"]),
            "limit": dice.choice([1, 3, 20]),
        }
        expected = naive(**asked)
        assert seen(search_spots(**asked)) == expected
        hits += bool(expected)
    assert hits > 15


@pytest.mark.parametrize("spots", [1, 3])
def test_search_makes_one_query(spots, django_assert_num_queries):
    for _ in range(spots):
        make_listing()
    search()  # prepares the statement on this connection
    with django_assert_num_queries(1):
        assert len(search()) == spots


def test_search_without_result_makes_one_query(django_assert_num_queries):
    search()
    with django_assert_num_queries(1):
        assert search() == []


def test_result_carries_price_cap_count_and_distance():
    lot = make_lot(latitude=23.1290)
    cheap, dear = make_spot(lot, features=int(Feature.COVERED)), make_spot(lot)
    make_listing(dear, hourly_price_minor=900)
    make_listing(cheap, hourly_price_minor=800, day_cap_minor=4000)
    [result] = search()
    assert (result.lot, result.count) == (lot, 2)
    assert result.distance_m == pytest.approx(1002, abs=2)
    assert [(s.code, s.hourly_price_minor, s.day_cap_minor, s.features) for s in result.spots] == [
        (cheap.code, 800, 4000, 1),
        (dear.code, 900, None, 0),
    ]


def test_spots_per_lot_are_bounded_but_counted():
    lot = make_lot()
    for _ in range(5):
        make_listing(make_spot(lot))
    [result] = search(spots_per_lot=2)
    assert (len(result.spots), result.count) == (2, 5)


def test_order_by_price_and_by_distance():
    near, far = make_lot(), make_lot(latitude=23.1250)
    make_listing(make_spot(near), hourly_price_minor=900)
    make_listing(make_spot(far), hourly_price_minor=500)
    assert [r.lot for r in search(order="price")] == [far, near]
    assert [r.lot for r in search(order="distance")] == [near, far]


def test_sick_spot_is_not_found_until_healthy():
    spot = make_listing().spot
    listings.mark_sick(spot=spot, since=timezone.now())
    assert search() == []
    listings.mark_healthy(spot=spot)
    assert len(search()) == 1


@pytest.mark.parametrize("radius_m", [500, 3000, 20_000, 50_000])
@pytest.mark.parametrize("latitude", [0, 23.12, -37.8, 51.5])
def test_flat_distance_is_within_half_a_percent_of_the_great_circle(radius_m, latitude):
    for bearing in range(0, 360, 30):
        lot = Lot(
            latitude=latitude + radius_m * cos(radians(bearing)) / 111_320,
            longitude=10 + radius_m * sin(radians(bearing)) / 111_320 / cos(radians(latitude)),
        )
        assert flat_distance(latitude, 10, lot) == pytest.approx(great_circle(latitude, 10, lot), rel=0.006)


def test_generated_point_is_where_the_formula_says():
    lot = make_lot(latitude=-37.8136, longitude=144.9631)
    [point] = Lot.objects.extra(select={"point": "mercator::text"}).filter(pk=lot.pk).values_list("point", flat=True)
    x, y = (float(value) for value in point.strip("()").split(","))
    assert (x, y) == pytest.approx(mercator(lot.latitude, lot.longitude), abs=0.001)
    lot.latitude = 10
    lot.save()
    assert search(latitude=10, longitude=144.9631) == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"latitude": nan}, "latitude"),
        ({"latitude": 85.1}, "latitude"),
        ({"longitude": inf}, "longitude"),
        ({"longitude": -180.5}, "longitude"),
        ({"radius_m": 0}, "radius_m"),
        ({"radius_m": -1}, "radius_m"),
        ({"radius_m": 50_001}, "radius_m"),
        ({"radius_m": nan}, "radius_m"),
        ({"features": 64}, "features"),
        ({"features": -1}, "features"),
        ({"order": "beauty"}, "order"),
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
    ],
)
def test_impossible_question_is_refused_beside_its_field(asked, field):
    with pytest.raises(InvalidInput) as refusal:
        search(**asked)
    assert list(refusal.value.fields) == [field]


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (60, 60, "end"),
        (60, 45, "end"),
        (60, 75, "end"),
        (60, 60 + 30 * 1440 + 15, "end"),
        (60, 100, "end"),
        (7, 120, "start"),
        (-45, 120, "start"),
    ],
)
def test_impossible_time_is_refused_beside_its_field(start, end, field):
    with pytest.raises(InvalidInput) as refusal:
        search(start=quarter(start), end=quarter(end))
    assert list(refusal.value.fields) == [field]


@pytest.mark.parametrize("year", [1, 9999])
@pytest.mark.parametrize("hours", [-14, 14])
def test_time_at_the_end_of_the_calendar_is_refused(year, hours):
    moment = datetime(year, 1 if year == 1 else 12, 1 if year == 1 else 31, 12, tzinfo=zone(timedelta(hours=hours)))
    for asked in ({"start": moment}, {"end": moment}):
        with pytest.raises(InvalidInput, match="period_invalid"):
            search(**asked)


def test_running_quarter_hour_may_still_be_asked_for():
    make_listing()
    assert len(search(start=quarter(-15), end=quarter(60))) == 1


@pytest.mark.parametrize("text", ["颐景", "颐景园", "yijing", "Yijin Garden", "天河", "华穗路"])
def test_lots_are_suggested_by_name_and_address_in_both_languages(text):
    lot = make_lot(name_zh="颐景园", name_en="Yijing Garden", address_en="Huasui Road, Tianhe")
    make_lot(name_zh="珠江公园", name_en="Pearl Park", address_zh="海珠区", address_en="Haizhu")
    assert suggest_lots(text) == [lot]


def test_best_suggestion_comes_first():
    far = make_lot(name_zh="海珠广场", name_en="Haizhu Square", address_zh="珠江新城路口")
    near = make_lot(name_zh="珠江新城", name_en="Zhujiang New Town", address_zh="花城大道")
    assert suggest_lots("珠江新城") == [near, far]


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "\0", "zzzz"])
def test_nothing_is_suggested_for_nothing(text):
    make_lot()
    assert suggest_lots(text) == []


def test_unpublished_lots_are_not_suggested(django_assert_num_queries):
    make_lot(published=False, name_zh="颐景园")
    with django_assert_num_queries(1):
        assert suggest_lots("颐景园") == []


def test_search_is_planned_once_on_a_connection(django_assert_num_queries):
    make_listing()
    search()
    with django_assert_num_queries(1) as asked:
        search()
    assert asked.captured_queries[0]["sql"].startswith("EXECUTE berth_")


def test_another_connection_plans_for_itself(django_assert_num_queries):
    make_listing()
    before = seen(search())
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    prepared.forget(connection.connection)
    with django_assert_num_queries(2):
        assert seen(search()) == before
