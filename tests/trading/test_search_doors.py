"""The search through API and page: filters, repeats, pages, almost-answers; what is wrong is named, never slow."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.throttling import SimpleRateThrottle

from berth.kernel.errors import TooSlow
from berth.kernel.time_limits import limited_to, statements_within
from lots.models import Feature, Landmark, Lot, Spot
from tests.lots.making import make_listing, make_lot, make_spot, quarter
from tests.trading.making import make_hold, make_offer
from trading.api.search_serializers import SearchSerializer

pytestmark = pytest.mark.django_db
LOCAL = "%Y-%m-%dT%H:%M"


def near(lot: Lot, **values: Any) -> dict[str, Any]:
    place = {"latitude": lot.latitude, "longitude": lot.longitude}
    return {**place, "start": quarter().isoformat(), "end": quarter(120).isoformat(), **values}


def api(path: str = "search", **asked: Any) -> Any:
    return Client().get(f"/api/v1/{path}", asked)


def page(**asked: Any) -> Any:
    begins = timezone.localtime(quarter())
    given = {"start": begins.strftime(LOCAL), "end": (begins + timedelta(hours=2)).strftime(LOCAL)}
    return Client().get("/search/", given | asked, headers={"accept-language": "en"})


# --- API -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lots", [1, 3])
def test_answer_is_what_the_schema_says_in_one_query(
    lots: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    spots = [make_offer() for _ in range(lots)]
    api(**near(spots[0].lot))  # prepares the statement on this connection
    with django_assert_num_queries(1):
        answer = api(**near(spots[0].lot)).json()
    schema: Any = SearchSerializer().fields
    assert set(answer) == set(schema)
    assert set(answer["lots"][0]) == set(schema["lots"].child.fields)
    assert set(answer["lots"][0]["spots"][0]) == set(schema["lots"].child.fields["spots"].child.fields)
    assert (len(answer["lots"]), answer["next"], answer["nearly"]) == (lots, None, None)


def test_pages_follow_the_cursor() -> None:
    lots = [make_offer().lot for _ in range(3)]
    first = api(**near(lots[0], limit=2)).json()
    second = api(**near(lots[0], limit=2, cursor=first["next"])).json()
    assert {lot["lot"] for lot in first["lots"] + second["lots"]} == {lot.code for lot in lots}
    assert second["next"] is None


def test_place_may_be_a_lot_or_a_name() -> None:
    lot = make_offer(name_zh="怡景花园").lot
    Landmark.objects.create(name_zh="广州塔", latitude=lot.latitude, longitude=lot.longitude)
    time = {"start": quarter().isoformat(), "end": quarter(60).isoformat()}
    for place in ({"lot": lot.code}, {"place": "yijing"}, {"place": "guangzhouta"}):
        assert [found["lot"] for found in api(**time, **place).json()["lots"]] == [lot.code]


def test_workdays_for_four_weeks_cost_every_time() -> None:
    spot = make_offer()
    tomorrow = timezone.localtime(quarter(1440)).replace(hour=9, minute=0)
    asked = near(spot.lot, start=tomorrow.isoformat(), end=(tomorrow + timedelta(hours=9)).isoformat())
    repeat = {"repeat_weekdays": ["mon", "tue", "wed", "thu", "fri"], "repeat_weeks": 4}
    [found] = api(**asked, **repeat).json()["lots"]
    assert found["spots"][0]["amount_minor"] == 20 * 9 * 800


def test_what_nearly_fits_is_offered() -> None:
    spot = make_offer()
    make_hold(spot, start=quarter(60), minutes=120)
    answer = api(**near(spot.lot, start=quarter(60).isoformat(), end=quarter(180).isoformat())).json()
    [other] = answer["nearly"]["other_times"]
    assert answer["lots"] == []
    assert datetime.fromisoformat(other["start"]) == quarter(180)
    assert (other["spot"]["code"], other["spot"]["amount_minor"]) == (spot.code, 1600)


def test_time_without_an_offset_is_of_the_zone_that_is_named() -> None:
    lot = make_offer(timezone="America/New_York").lot
    local = quarter(600).astimezone(ZoneInfo("America/New_York"))
    times = {"start": f"{local:%Y-%m-%dT%H:%M}", "end": f"{local + timedelta(hours=2):%Y-%m-%dT%H:%M}"}
    assert len(api(**near(lot, **times, zone="America/New_York")).json()["lots"]) == 1


PAST = {"start": "2020-01-01T10:00Z", "end": "2020-01-01T12:00Z"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (PAST, "start"),
        ({"end": quarter().isoformat()}, "end"),
        ({"end": quarter(-60).isoformat()}, "end"),
        ({"end": quarter(15).isoformat()}, "end"),
        ({"end": quarter(125).isoformat()}, "end"),
        ({"start": quarter(3).isoformat()}, "start"),
        ({"end": quarter(31 * 1440).isoformat()}, "end"),
        ({"start": quarter(70 * 1440).isoformat(), "end": quarter(70 * 1440 + 60).isoformat()}, "end"),
        ({"latitude": "nan"}, "latitude"),
        ({"latitude": "inf"}, "latitude"),
        ({"latitude": 91}, "latitude"),
        ({"longitude": -181}, "longitude"),
        ({"radius_m": 0}, "radius_m"),
        ({"radius_m": 20_000_000}, "radius_m"),
        ({"radius_m": "nan"}, "radius_m"),
        ({"cursor": "abc:def:ghi"}, "cursor"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"zone": "America/New_York", "start": "2027-03-14T02:30", "end": "2027-03-14T05:00"}, "start"),
        ({"kind": "castle"}, "kind"),
        ({"height_cm": 10**12}, "height_cm"),
        ({"repeat_weekdays": "someday"}, "repeat_weekdays"),
        ({"repeat_weekdays": "mon", "repeat_weeks": 9}, "repeat_weeks"),
        ({"repeat_weekdays": "mon", "end": quarter(2000).isoformat()}, "end"),
        ({"order": "beauty"}, "order"),
    ],
)
def test_what_is_wrong_is_a_problem_beside_its_field(
    values: dict[str, Any], field: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lot = Lot(latitude=23.12, longitude=113.32)
    with django_assert_num_queries(0):
        answer = api(**near(lot, **values))
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert field in answer.json()["errors"]


@pytest.mark.parametrize(
    ("values", "field"), [({}, "latitude"), ({"latitude": 23}, "longitude"), ({"place": "Atlantis"}, "place")]
)
def test_search_without_a_known_place_is_a_problem(values: dict[str, Any], field: str) -> None:
    answer = api(start=quarter().isoformat(), end=quarter(60).isoformat(), **values)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_map_shows_clusters_and_names_a_section_that_is_none() -> None:
    lot = make_offer().lot
    asked = near(lot, south=23, west=113, north=23.3, east=113.5, zoom=12)
    assert api("search/map", **asked).json()["clusters"] == [
        {
            "latitude": lot.latitude,
            "longitude": lot.longitude,
            "lots": 1,
            "hourly_price_minor": 800,
            "lot": lot.code,
        }
    ]
    wrong = api("search/map", **asked | {"north": 22})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["north"])


def test_places_are_suggested() -> None:
    Landmark.objects.create(kind="sight", name_zh="广州塔", name_en="Canton Tower", latitude=23.1, longitude=113.3)
    [place] = api("places", q="gzt").json()["places"]
    assert (place["name"], place["kind"], place["lot"]) == ("广州塔", "景点", None)
    assert api("places").status_code == 400


# --- limits ----------------------------------------------------------------------------------------


def test_statement_that_takes_too_long_is_given_up(transactional_db: None) -> None:
    with pytest.raises(TooSlow) as refusal, statements_within(50), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(30)")
    assert refusal.value.status == 503
    with connection.cursor() as cursor:  # the limit is gone with the statement
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_limit_inside_a_transaction_ends_with_the_function() -> None:
    @limited_to(4321)
    def shown() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return str(cursor.fetchone()[0])

    assert shown() == "4321ms"
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.parametrize("door", ["api", "page"])
def test_search_that_takes_too_long_is_answered_503(
    door: str, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = make_offer().lot
    slow = "lots.queries.search.search_sql"
    monkeypatch.setattr(slow, lambda *args, **kwargs: "SELECT pg_sleep(30)")
    monkeypatch.setattr("berth.kernel.time_limits.PREFIX", "SET LOCAL statement_timeout = 50; ")
    answer = api(**near(lot)) if door == "api" else page(lat=lot.latitude, lng=lot.longitude)
    assert answer.status_code == 503
    if door == "api":
        assert answer.json()["title"] == "too_slow"


@pytest.mark.parametrize("path", ["/search/", "/api/v1/search/map", "/api/v1/places", "/api/v1/search"])
@pytest.mark.parametrize("forged", [False, True])
def test_search_is_limited_by_address_and_the_address_cannot_be_forged(
    path: str, forged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SimpleRateThrottle.THROTTLE_RATES, "search", "2/min")
    headers = [{"x-forwarded-for": f"10.0.0.{n}"} if forged else {} for n in range(3)]
    answers = [Client().get(path, headers=header).status_code for header in headers]
    assert (answers[2], 429 in answers[:2]) == (429, False)


# --- page ------------------------------------------------------------------------------------------


@pytest.fixture
def spot() -> Spot:
    return make_offer(name_en="Yijing Garden")


def test_page_filters_and_lets_each_filter_go(spot: Spot) -> None:
    high = make_spot(make_lot(kind="public"), max_height_cm=None, features=int(Feature.COVERED))
    make_listing(high)
    Spot.objects.filter(pk=spot.pk).update(max_height_cm=200)
    answer = page(height_cm=210, kind="public", feature=1)
    assert [offer.lot for offer in answer.context["found"].lots] == [high.lot]
    assert [chip.label for chip in answer.context["chips"]] == ["covered", "public lot", "car up to 210 cm high"]
    released = Client().get(f"/search/{answer.context['chips'][1].href}").context["form"]
    assert (released.cleaned_data["kind"], released.cleaned_data["height_cm"]) == ("", 210)


def test_page_leads_on_to_the_next_lots() -> None:
    for _ in range(12):
        make_offer()
    first = page()
    following = Client().get(f"/search/{first.context['next_page']}")
    counts = [len(answer.context["found"].lots) for answer in (first, following)]
    assert (counts, following.context["next_page"]) == ([10, 2], "")
    assert page(cursor="forged").status_code == 422


def test_page_offers_what_comes_near(spot: Spot) -> None:
    make_hold(spot, start=quarter(), minutes=120)
    answer = page(q="Yijing", height_cm=210)
    found = answer.context["found"]
    assert found.lots == []
    assert [other.start for other in found.other_times] == [quarter(120)]
    assert "Free there at another time" in answer.content.decode()


def test_page_repeats_and_sums(spot: Spot) -> None:
    begins = timezone.localtime(quarter(1440)).replace(hour=9, minute=0)
    answer = page(start=begins.strftime(LOCAL), end=begins.replace(hour=18).strftime(LOCAL), repeat="workdays", weeks=4)
    assert answer.context["times"] == 20
    assert answer.context["found"].lots[0].price.amount.minor == 20 * 9 * 800
    assert "all 20 times" in answer.content.decode()


def test_page_names_other_places_that_may_be_meant(spot: Spot) -> None:
    make_offer(name_en="Yijing Court")
    answer = page(q="Yijing")
    assert len(answer.context["other_places"]) == 1
    assert "did you mean" in answer.content.decode()


@override_settings(TIME_ZONE="America/New_York")
def test_page_names_a_time_that_the_clock_skips(spot: Spot) -> None:
    answer = page(start="2027-03-14T02:30", end="2027-03-14T05:00")
    assert answer.status_code == 422
    assert "start" in answer.context["form"].errors
