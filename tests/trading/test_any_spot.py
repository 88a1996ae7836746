"""Any spot of a lot at one price: which one is decided by the hold, so that idle time is broken up least."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from berth.kernel.errors import Conflict, InvalidInput
from berth.kernel.ids import uuid7
from lots.domain import listings, occupancy
from lots.domain.idle_check import check_idle_time
from lots.domain.listing_rules import BookingRules
from lots.models import Feature
from tests.lots.making import make_listing, make_lot, make_member, make_spot, quarter
from trading.domain import bookings
from trading.domain.lot_quotes import make_lot_quote
from trading.domain.quotes import make_quote
from trading.models import Booking

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def lot():
    return make_lot()


def offer(lot, hourly=800, cap=None, **values):
    return make_listing(make_spot(lot, **values), hourly_price_minor=hourly, day_cap_minor=cap).spot


def keep(spot, start, end):
    occupancy.take(occupancy_id=uuid7(), spot_id=spot.pk, start=quarter(start), end=quarter(end), kind="owner_use")


def quote(lot, start=60, end=120, features=0, member=None):
    return make_lot_quote(lot=lot, start=quarter(start), end=quarter(end), features=features, member=member)


def hold(token, renter=None):
    return bookings.hold(booking_id=uuid7(), renter=renter or make_member(), quote_token=token)


def test_spot_that_the_time_fits_exactly_is_taken_first_then_the_one_with_one_rest(lot):
    open_wide, one_rest, exact = offer(lot), offer(lot), offer(lot)
    keep(one_rest, 0, 60)
    keep(exact, 0, 60)
    keep(exact, 120, 240)
    token = quote(lot).token
    assert [hold(token).spot for _ in range(3)] == [exact, one_rest, open_wide]
    with pytest.raises(Conflict, match="taken"):
        hold(token)
    assert check_idle_time() == []


def test_of_two_alike_the_smaller_gap_is_taken(lot):
    large, small = offer(lot), offer(lot)
    for spot, end in ((large, 600), (small, 240)):
        keep(spot, 0, 30)
        keep(spot, end, end + 60)
    assert hold(quote(lot).token).spot == small


def test_price_shown_is_the_most_that_is_paid(lot):
    cheap, dear = offer(lot, 800), offer(lot, 1000)
    shown = quote(lot)
    assert (shown.amount.minor, shown.fitting.count) == (800, 1)
    listings.set_price(listing=cheap.listings.get(), hourly_price_minor=600, day_cap_minor=None, by=cheap.owner)
    first = hold(shown.token)
    assert (first.spot, first.amount_minor) == (cheap, 600)
    with pytest.raises(Conflict, match="taken"):
        hold(shown.token)
    assert hold(quote(lot).token).spot == dear


def test_features_rules_and_own_spots_are_heeded(lot):
    plain, covered = offer(lot), offer(lot, features=int(Feature.COVERED))
    assert hold(quote(lot, features=int(Feature.COVERED)).token).spot == covered
    with pytest.raises(Conflict, match="taken"):
        quote(lot, features=int(Feature.COVERED))
    with pytest.raises(Conflict, match="taken"):
        quote(lot, member=plain.owner)
    with pytest.raises(Conflict, match="taken"):
        hold(quote(lot).token, plain.owner)
    rules = BookingRules("as_usual", 0, 120, 43_200, 0)
    listings.set_booking_rules(listing=plain.listings.get(), rules=rules, by=plain.owner)
    with pytest.raises(Conflict, match="taken"):
        quote(lot)
    with pytest.raises(InvalidInput, match="choice_invalid"):
        quote(lot, features=1 << 20)


def test_same_request_twice_is_one_booking_even_when_its_quote_has_gone(lot):
    offer(lot), offer(lot)
    booking_id, renter, token = uuid7(), make_member(), quote(lot).token
    ask = {"booking_id": booking_id, "renter": renter}
    first = bookings.hold(**ask, quote_token=token)
    assert bookings.hold(**ask, quote_token=token) == first
    assert bookings.hold(**ask, quote_token="nonsense") == first
    assert Booking.objects.count() == 1


@pytest.mark.parametrize("spots", [1, 3])
def test_hold_takes_four_statements_of_one_spot_and_of_any(lot, spots):
    made = [offer(lot) for _ in range(spots)]
    tokens = [
        make_quote(spot=made[0], start=quarter(60), end=quarter(120), member=None).token,
        quote(lot, 180, 240).token,
    ]
    renter = make_member()
    for token in tokens:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            bookings.hold(booking_id=uuid7(), renter=renter, quote_token=token)
        statements = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
        assert len(statements) == 4, statements


def test_api_quotes_and_holds_any_spot_of_a_lot(client, lot):
    spot = offer(lot, features=int(Feature.COVERED))
    client.force_login(make_member())
    asked = {"lot": lot.code, "start": quarter(60).isoformat(), "end": quarter(120).isoformat()}
    shown = client.post(reverse("api_quotes"), asked | {"features": ["covered"]}, JSON)
    assert (shown.status_code, shown.json()["spot"], shown.json()["amount_minor"]) == (200, None, 800)
    sent = {"id": str(uuid7()), "quote": shown.json()["token"]}
    made = client.post(reverse("api_bookings"), sent, JSON)
    assert (made.status_code, made.json()["spot"]) == (201, spot.code)
    assert client.post(reverse("api_bookings"), sent, JSON).status_code == 200
    gone = client.post(reverse("api_quotes"), asked, JSON)
    assert (gone.status_code, gone.json()["title"]) == (409, "taken")
    unknown = client.post(reverse("api_quotes"), asked | {"features": ["pool"]}, JSON)
    assert (unknown.status_code, list(unknown.json()["errors"])) == (400, ["features"])


def test_lot_page_offers_any_spot_and_checkout_books_one(client, lot):
    offer(lot), offer(lot)
    renter = make_member()
    client.force_login(renter)
    client.cookies["django_language"] = "en"
    page = client.get(reverse("lot", args=[lot.code])).content.decode()
    assert reverse("checkout_any", args=[lot.code]) in page
    checkout = client.get(reverse("checkout_any", args=[lot.code]))
    assert "Any free spot" in checkout.content.decode()
    context = checkout.context
    sent = {"booking_id": context["booking_id"], "quote": context["quote"].token, "vehicle": "new", "plate": "粤B12345"}
    assert client.post(reverse("checkout_any", args=[lot.code]), sent).status_code == 302
    assert Booking.objects.get().renter == renter


def test_checkout_of_a_lot_without_a_free_spot_says_so_kindly(client, lot):
    client.force_login(make_member())
    response = client.get(reverse("checkout_any", args=[lot.code]))
    assert response.status_code == 409
    assert reverse("lot", args=[lot.code]) in response.content.decode()
