"""The lots' part of the API: public facts, availability, an owner's listings."""

from datetime import datetime

import pytest
from django.urls import reverse

from berth.kernel.ids import uuid7
from lots.domain import occupancy
from lots.models import Listing, Spot
from tests.lots.making import ALWAYS, make_listing, make_lot, make_member, make_spot, quarter

pytestmark = pytest.mark.django_db
JSON = "application/json"
PROBLEM = "application/problem+json"


@pytest.fixture
def owner():
    return make_member()


@pytest.fixture
def mine(client, owner):
    client.force_login(owner)
    return client


def listing_of(spot, **changes):
    windows = [{"weekday": 0, "start_minute": 510, "end_minute": 1080}]
    return {"lot": spot.lot.code, "spot": spot.code, "hourly_price_minor": 800, "windows": windows} | changes


def problem(response):
    assert response.headers["Content-Type"].startswith(PROBLEM)
    return response.json()["title"], list(response.json().get("errors", {}))


@pytest.mark.parametrize("spots", [1, 3])
def test_lot_is_public_with_plans_and_bays(client, spots, django_assert_num_queries):
    lot = make_lot()
    for _ in range(spots):
        make_spot(lot, features=3)
    with django_assert_num_queries(4):
        answer = client.get(reverse("api_lot", args=[lot.code])).json()
    assert (answer["code"], answer["name_zh"], answer["currency"]) == (lot.code, lot.name_zh, "CNY")
    [plan] = answer["floor_plans"]
    assert len(plan["spots"]) == spots
    assert plan["spots"][0]["features"] == ["covered", "ev_charger"]
    assert "owner" not in plan["spots"][0]


def test_unpublished_lot_does_not_exist(client):
    lot = make_lot(published=False)
    for name in ("api_lot", "api_lot_availability"):
        response = client.get(reverse(name, args=[lot.code]))
        assert response.status_code == 404
        assert problem(response)[0] == "not_found"


def test_availability_tells_each_spot(client):
    lot = make_lot()
    make_listing(make_spot(lot, code="A-1"))
    busy = make_listing(make_spot(lot, code="A-2")).spot
    make_spot(lot, code="A-3")
    occupancy.take(occupancy_id=uuid7(), spot_id=busy.pk, start=quarter(0), end=quarter(60), kind="booking")
    asked = {"start": quarter(0).isoformat(), "end": quarter(60).isoformat()}
    answer = client.get(reverse("api_lot_availability", args=[lot.code]), asked).json()
    assert [(s["code"], s["listed"], s["free"], s["hourly_price_minor"]) for s in answer["spots"]] == [
        ("A-1", True, True, 800),
        ("A-2", True, False, 800),
        ("A-3", False, False, None),
    ]


def test_time_without_an_offset_is_the_lots(client):
    lot = make_lot(timezone="America/New_York")
    local = quarter(60).astimezone(lot.zone)
    asked = {"start": f"{local:%Y-%m-%dT%H:%M}", "end": quarter(120).isoformat()}
    answer = client.get(reverse("api_lot_availability", args=[lot.code]), asked).json()
    assert datetime.fromisoformat(answer["start"]) == local


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (quarter(60).isoformat(), quarter(60).isoformat(), "end"),
        (quarter(60).isoformat(), "soon", "end"),
        ("", quarter(60).isoformat(), "start"),
        ("2020-01-01T00:00Z", quarter(60).isoformat(), "start"),
        ("0001-01-01T00:00:00Z", quarter(60).isoformat(), "start"),
        (quarter(60).isoformat(), "9999-12-31T23:45:00Z", "end"),
    ],
)
def test_impossible_period_is_a_problem_with_its_field(client, start, end, field):
    response = client.get(reverse("api_lot_availability", args=[make_lot().code]), {"start": start, "end": end})
    assert response.status_code == 400
    assert field in problem(response)[1]


def test_owner_lists_a_spot_and_publishes_it(mine, owner):
    spot = make_spot(owner=owner)
    response = mine.post(reverse("api_listings"), listing_of(spot, day_cap_minor=5000), JSON)
    assert response.status_code == 201
    made = response.json()
    assert (made["state"], made["spot"], made["lot"]) == ("draft", spot.code, spot.lot.code)
    assert made["windows"] == [{"weekday": 0, "start_minute": 510, "end_minute": 1080}]
    assert mine.post(reverse("api_listing_publish", args=[made["id"]])).json()["state"] == "published"
    assert mine.post(reverse("api_listing_publish", args=[made["id"]])).json()["state"] == "published"
    assert mine.post(reverse("api_listing_pause", args=[made["id"]])).json()["state"] == "paused"
    windows = [{"weekday": day, "start_minute": start, "end_minute": end} for day, start, end in ALWAYS]
    response = mine.put(reverse("api_listing_schedule", args=[made["id"]]), {"windows": windows}, JSON)
    assert response.json()["windows"] == windows
    assert mine.get(reverse("api_listing", args=[made["id"]])).json() == response.json()


@pytest.mark.parametrize("listings", [1, 3])
def test_owner_sees_own_listings_alone(mine, owner, listings, django_assert_num_queries):
    for _ in range(listings):
        make_listing(make_spot(owner=owner))
    make_listing()
    with django_assert_num_queries(4):
        answer = mine.get(reverse("api_listings")).json()
    assert len(answer) == listings


@pytest.mark.parametrize(
    ("changes", "title", "field"),
    [
        ({"hourly_price_minor": 0}, "price_not_positive", "hourly_price_minor"),
        ({"hourly_price_minor": -5}, "price_not_positive", "hourly_price_minor"),
        ({"hourly_price_minor": "much"}, "invalid", "hourly_price_minor"),
        ({"hourly_price_minor": 10**30}, "price_too_high", "hourly_price_minor"),
        ({"day_cap_minor": 1}, "cap_below_an_hour", "day_cap_minor"),
        ({"windows": [{"weekday": 0, "start_minute": 600, "end_minute": 500}]}, "times_inverted", "windows"),
        ({"windows": [{"weekday": 9, "start_minute": 0, "end_minute": 500}]}, "invalid", "windows"),
        ({"windows": "always"}, "invalid", "windows"),
        ({"note": "x" * 301}, "note_too_long", "note"),
        ({"note": "a\0b"}, "invalid", "note"),
    ],
)
def test_wrong_listing_is_a_problem_with_its_field(mine, owner, changes, title, field):
    response = mine.post(reverse("api_listings"), listing_of(make_spot(owner=owner), **changes), JSON)
    assert response.status_code == 400
    assert problem(response) == (title, [field])
    assert not Listing.objects.exists()


def test_second_listing_of_a_spot_is_a_conflict(mine, owner):
    spot = make_listing(make_spot(owner=owner)).spot
    response = mine.post(reverse("api_listings"), listing_of(spot), JSON)
    assert response.status_code == 409
    assert problem(response)[0] == "listing_exists"


def test_body_that_is_no_json_is_a_problem(mine):
    response = mine.post(reverse("api_listings"), "{", JSON)
    assert response.status_code == 400
    assert problem(response)[0] == "parse_error"


def test_spot_of_another_member_is_not_found(mine):
    response = mine.post(reverse("api_listings"), listing_of(make_spot()), JSON)
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("method", "name", "sent"),
    [
        ("get", "api_listing", None),
        ("put", "api_listing_schedule", {"windows": []}),
        ("post", "api_listing_publish", None),
        ("post", "api_listing_pause", None),
    ],
)
def test_another_members_listing_is_not_found(mine, method, name, sent):
    listing = make_listing()
    response = getattr(mine, method)(reverse(name, args=[listing.pk]), sent, JSON)
    assert response.status_code == 404
    listing.refresh_from_db()
    assert (listing.state, listing.windows.count()) == ("published", 7)


@pytest.mark.parametrize("method", ["get", "post"])
def test_listings_need_a_member(client, method):
    response = getattr(client, method)(reverse("api_listings"))
    assert response.status_code == 403
    assert problem(response)[0] == "not_authenticated"
    assert Spot.objects.count() == 0
