"""The API says the same as the pages, refuses with problems, and never tells of others' bookings."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings
from rest_framework.throttling import ScopedRateThrottle

from berth.kernel.ids import uuid7
from finance.models import Payment, Refund
from lots.models import Feature, Spot
from members.models import Member, Vehicle
from tests.finance.cashier_process import CashierProcess
from tests.lots.making import make_listing, make_member, make_spot, quarter
from tests.trading.making import make_confirmed, make_hold, make_offer, make_vehicle
from trading.models import Booking, BookingState

pytestmark = pytest.mark.django_db
API = "/api/v1"


def iso(minutes: int = 0) -> str:
    return quarter(minutes).isoformat()


def signed_in(member: Member) -> Client:
    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    return client


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"{API}/{path}", body, content_type="application/json")


@pytest.fixture
def spot() -> Spot:
    return make_offer(service_fee_bp=500)


@pytest.fixture
def member() -> Member:
    return make_member()


@pytest.fixture
def client(member: Member) -> Client:
    return signed_in(member)


def near(spot: Spot, **values: Any) -> dict[str, Any]:
    place = {"latitude": spot.lot.latitude, "longitude": spot.lot.longitude}
    return {**place, "start": iso(), "end": iso(120), **values}


def quote_for(client: Client, place: Spot, **values: Any) -> Any:
    asked = {"lot": place.lot.code, "spot": place.code, "start": iso(), "end": iso(120), **values}
    return post(client, "quotes", **asked)


def assert_problem(answer: Any, status: int, code: str, *fields: str) -> None:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["title"], problem["status"]) == (code, status)
    assert sorted(problem.get("errors", {})) == sorted(fields)


# --- search and quotes -----------------------------------------------------------------------------


def test_search_gives_the_all_in_price_to_anybody(spot: Spot) -> None:
    found = Client().get(f"{API}/search", near(spot)).json()["lots"]
    assert [lot["lot"] for lot in found] == [spot.lot.code]
    assert found[0]["spots"] == [{"code": spot.code, "features": [], "hourly_price_minor": 800, "amount_minor": 1680}]


def test_search_filters_by_feature_names(spot: Spot) -> None:
    other = make_spot(spot.lot, features=Feature.COVERED | Feature.EV_CHARGER)
    make_listing(other)
    asked = near(spot, features=["covered", "ev_charger"])
    found = Client().get(f"{API}/search", asked).json()["lots"]
    assert [s["code"] for s in found[0]["spots"]] == [other.code]


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"start": "yesterday"}, ["start"]),
        ({"latitude": ""}, ["latitude"]),
        ({"radius_m": -1}, ["radius_m"]),
        ({"latitude": 99}, ["latitude"]),
        ({"features": "jacuzzi"}, ["features"]),
        ({"order": "mood"}, ["order"]),
        ({"limit": 0}, ["limit"]),
        ({"start": "2020-01-01T10:00Z", "end": "2020-01-01T12:00Z"}, ["start"]),
        ({"latitude": "nan"}, ["latitude"]),
    ],
)
def test_search_names_what_is_wrong(spot: Spot, values: dict[str, Any], fields: list[str]) -> None:
    answer = Client().get(f"{API}/search", near(spot, **values))
    assert answer.status_code == 400
    assert set(fields) <= set(answer.json()["errors"])


@pytest.mark.parametrize("lots", [1, 3])
def test_search_asks_one_query(lots: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    spots = [make_offer() for _ in range(lots)]
    Client().get(f"{API}/search", near(spots[0]))  # prepares the statement on this connection
    with django_assert_num_queries(1):
        found = Client().get(f"{API}/search", near(spots[0])).json()["lots"]
    assert len(found) == lots


def test_search_is_throttled_with_a_problem(spot: Spot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "search", "2/min")
    answers = [Client().get(f"{API}/search", near(spot)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert_problem(answers[2], 429, "throttled")


def test_quote_has_lines_that_sum_to_its_amount(spot: Spot) -> None:
    quote = quote_for(Client(), spot).json()
    assert (quote["amount_minor"], quote["service_fee_minor"], quote["currency"]) == (1680, 80, "CNY")
    assert sum(line["amount_minor"] for line in quote["lines"]) == 1680
    assert datetime.fromisoformat(quote["expires_at"]) > quarter() - timedelta(minutes=15)


def test_quote_for_what_does_not_exist_is_not_found(spot: Spot) -> None:
    assert_problem(quote_for(Client(), spot, spot="Z-99"), 404, "not_found")
    assert_problem(quote_for(Client(), make_offer(published=False)), 404, "not_found")


def test_quote_for_wrong_times_names_the_field(spot: Spot) -> None:
    assert_problem(quote_for(Client(), spot, end=iso(-60)), 400, "period_invalid", "end")


# --- booking ---------------------------------------------------------------------------------------


def test_hold_pay_and_cancel(client: Client, member: Member, spot: Spot, cashier: CashierProcess) -> None:
    booking_id = str(uuid7())
    sent = {"id": booking_id, "quote": quote_for(client, spot).json()["token"], "plate": "粤B12345"}
    held = post(client, "bookings", **sent)
    assert held.status_code == 201
    assert (held.json()["state"], held.json()["plate"], held.json()["amount_minor"]) == ("held", "粤B12345", 1680)
    again = post(client, "bookings", **sent)
    assert (again.status_code, again.json()["reference"]) == (200, held.json()["reference"])
    paid = [post(client, f"bookings/{booking_id}/pay").json() for _ in range(2)]
    assert paid[0] == paid[1]
    assert paid[0]["pay_url"].startswith(cashier.url)
    gone = post(client, f"bookings/{booking_id}/cancel")
    assert (gone.status_code, gone.json()["state"]) == (200, "cancelled")
    assert (Booking.objects.count(), Payment.objects.count(), Vehicle.objects.count()) == (1, 1, 1)


def test_taken_spot_is_a_conflict_and_leaves_no_plate_behind(client: Client, spot: Spot) -> None:
    token = quote_for(client, spot).json()["token"]
    make_hold(spot, start=quarter())
    answer = post(client, "bookings", id=str(uuid7()), quote=token, plate="粤B12345")
    assert_problem(answer, 409, "taken")
    assert not Vehicle.objects.filter(plate="粤B12345").exists()


def test_second_booking_of_the_same_time_with_the_same_plate(client: Client, spot: Spot) -> None:
    other = make_offer()
    for place, status in ((spot, 201), (other, 409)):
        token = quote_for(client, place).json()["token"]
        answer = post(client, "bookings", id=str(uuid7()), quote=token, plate="粤B12345")
        assert answer.status_code == status
    assert_problem(answer, 409, "vehicle_busy", "vehicle")


@pytest.mark.parametrize(
    ("change", "status", "code", "fields"),
    [
        ({"quote": "forged"}, 400, "quote_invalid", []),
        ({"quote": ""}, 400, "invalid", ["quote"]),
        ({"id": "seven"}, 400, "invalid", ["id"]),
        ({"plate": "M-AB 1234"}, 400, "plate_province", ["plate"]),
        ({"plate": "粤O12345"}, 400, "plate_office", ["plate"]),
        ({"vehicle": 0}, 400, "not_your_vehicle", ["vehicle"]),
        ({"vehicle": "x"}, 400, "invalid", ["vehicle"]),
    ],
)
def test_bad_booking_gets_a_problem_and_holds_nothing(
    client: Client, spot: Spot, change: dict[str, Any], status: int, code: str, fields: list[str]
) -> None:
    sent = {"id": str(uuid7()), "quote": quote_for(client, spot).json()["token"], **change}
    assert_problem(post(client, "bookings", **sent), status, code, *fields)
    assert not Booking.objects.exists()


def test_somebody_elses_car_is_refused(client: Client, spot: Spot) -> None:
    foreign = make_vehicle(make_member())
    token = quote_for(client, spot).json()["token"]
    answer = post(client, "bookings", id=str(uuid7()), quote=token, vehicle=foreign.pk)
    assert_problem(answer, 400, "not_your_vehicle", "vehicle")


def test_plate_can_be_set_until_entry() -> None:
    booking = make_confirmed()
    client = signed_in(booking.renter)
    answer = post(client, f"bookings/{booking.pk}/vehicle", plate="粤AD12345")
    assert answer.json()["plate"] == "粤AD12345"
    assert_problem(post(client, f"bookings/{booking.pk}/vehicle"), 400, "vehicle_missing", "vehicle")


def test_cancel_refuses_another_sum_than_expected() -> None:
    booking = make_confirmed()
    client = signed_in(booking.renter)
    answer = post(client, f"bookings/{booking.pk}/cancel", expected_refund_minor=1)
    assert_problem(answer, 409, "terms_changed")
    answer = post(client, f"bookings/{booking.pk}/cancel", expected_refund_minor=booking.amount_minor)
    assert answer.json()["state"] == BookingState.CANCELLED
    assert Refund.objects.count() == 1


def test_payment_while_the_cashier_is_away_is_503(settings: Settings) -> None:
    settings.CASHIER_URL = "http://127.0.0.1:9"
    booking = make_hold()
    assert_problem(post(signed_in(booking.renter), f"bookings/{booking.pk}/pay"), 503, "provider_away")


def test_list_shows_own_bookings_only_newest_first(client: Client, member: Member) -> None:
    own = [make_hold(renter=member, start=quarter(n * 180)) for n in range(3)]
    make_hold()
    answer = client.get(f"{API}/bookings").json()
    assert answer["count"] == 3
    assert [row["id"] for row in answer["results"]] == [str(booking.pk) for booking in reversed(own)]


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_four_queries(
    client: Client, member: Member, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(count):
        make_hold(renter=member, start=quarter(n * 180))
    with django_assert_num_queries(4):
        client.get(f"{API}/bookings")


@pytest.mark.parametrize("action", ["", "/pay", "/vehicle", "/cancel"])
@pytest.mark.parametrize("who", ["stranger", "owner"])
def test_others_booking_does_not_exist(action: str, who: str) -> None:
    booking = make_confirmed()
    client = signed_in(make_member() if who == "stranger" else booking.listing.owner)
    for booking_id in (booking.pk, uuid.uuid4()):
        path = f"bookings/{booking_id}{action}"
        answer = post(client, path, plate="粤B12345") if action else client.get(f"{API}/{path}")
        assert_problem(answer, 404, "not_found")
    booking.refresh_from_db()
    assert booking.state == BookingState.CONFIRMED


@pytest.mark.parametrize("path", ["bookings", f"bookings/{uuid.UUID(int=7)}"])
def test_anonymous_is_refused(path: str) -> None:
    assert_problem(Client().get(f"{API}/{path}"), 403, "not_authenticated")


def test_booking_is_throttled(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "booking", "2/min")
    assert [client.get(f"{API}/bookings").status_code for _ in range(3)] == [200, 200, 429]


@pytest.fixture(autouse=True)
def _generous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Throttles are tested where a test says so."""
    for scope in ("search", "booking"):
        monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, scope, "1000/min")
