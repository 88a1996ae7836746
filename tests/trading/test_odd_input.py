"""Whatever is typed, pasted or forged into an address or a form gets an answer, never a 500."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.throttling import ScopedRateThrottle

from berth.kernel.ids import uuid7
from tests.lots.making import make_member
from tests.trading.making import make_confirmed, make_offer
from trading.models import Booking

pytestmark = pytest.mark.django_db
ODD_TIMES = [
    "0001-01-01T00:00",
    "9999-12-31T23:45",
    "2026-02-30T10:00",
    "2026-13-01T10:00",
    "2026-11-22T24:00",
    "１０:００",
    "\x00",
    "'; DROP TABLE",
    "2026-11-22T10:00+08:00",
]


@pytest.fixture(autouse=True)
def _unthrottled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", {"search": None, "booking": None})


def signed_in() -> Client:
    client = Client()
    client.force_login(make_member(), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("name", ["start", "end"])
@pytest.mark.parametrize("value", ODD_TIMES)
def test_odd_times_on_every_page_that_takes_them(name: str, value: str) -> None:
    spot, client = make_offer(), signed_in()
    pages = ["/search/", f"/lots/{spot.lot.code}/", f"/lots/{spot.lot.code}/plan/"]
    pages += [f"/lots/{spot.lot.code}/spots/{spot.code}/", f"/checkout/{spot.lot.code}/{spot.code}/"]
    for page in pages:
        assert client.get(page, {name: value}).status_code < 500


@pytest.mark.parametrize("code", ["%00", "..", "%E2%98%83", "a" * 300, "A-1%0d%0a", "%27--"])
def test_odd_codes_are_not_found(code: str) -> None:
    lot = make_offer().lot.code
    client = signed_in()
    for page in (f"/lots/{code}/", f"/lots/{lot}/spots/{code}/", f"/checkout/{lot}/{code}/"):
        assert client.get(page, follow=True).status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999", "\x00"])
def test_odd_page_numbers_show_a_page(page: str) -> None:
    assert signed_in().get("/bookings/", {"page": page}).status_code == 200


@pytest.mark.parametrize(
    "query", [{"lat": "nan", "lng": "1"}, {"lat": "inf", "lng": "1"}, {"lat": "23"}, {"q": "\x00"}, {"q": "%_\\"}]
)
def test_odd_places(query: dict[str, str]) -> None:
    make_offer()
    assert Client().get("/search/", query).status_code in (200, 422)


@settings(max_examples=30, deadline=None)
@given(
    form=st.dictionaries(st.sampled_from(["booking_id", "quote", "vehicle", "plate"]), st.text(max_size=40), max_size=4)
)
def test_forged_checkout_holds_nothing(form: dict[str, str]) -> None:
    spot = make_offer()
    answer = signed_in().post(f"/checkout/{spot.lot.code}/{spot.code}/", form)
    assert answer.status_code == 422
    assert not Booking.objects.exists()


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None)
@given(
    body=_JSON, known=st.dictionaries(st.sampled_from(["id", "quote", "vehicle", "plate", "lot"]), _JSON, max_size=4)
)
@pytest.mark.parametrize("path", ["quotes", "bookings"])
def test_forged_json_is_a_problem(path: str, body: Any, known: dict[str, Any]) -> None:
    client = signed_in()
    for sent in (body, {"id": str(uuid7()), "quote": "x", **known}):
        answer = client.post(f"/api/v1/{path}", sent, content_type="application/json")
        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("value", [10**30, -1, 0, True, [1], {"a": 1}, None, "粤" * 50, "\x00"])
@pytest.mark.parametrize("action", ["vehicle", "cancel"])
def test_odd_values_in_actions_are_problems(action: str, value: Any) -> None:
    booking = make_confirmed()
    client = Client()
    client.force_login(booking.renter, backend="django.contrib.auth.backends.ModelBackend")
    field = "vehicle" if action == "vehicle" else "expected_refund_minor"
    answer = client.post(f"/api/v1/bookings/{booking.pk}/{action}", {field: value}, content_type="application/json")
    assert answer.status_code in (400, 409)
    booking.refresh_from_db()
    assert booking.state == "confirmed"


@pytest.mark.parametrize("offset", ["-1", "x", "9" * 25])
def test_odd_offsets(offset: str) -> None:
    assert signed_in().get("/api/v1/bookings", {"offset": offset, "limit": "x"}).status_code == 200
