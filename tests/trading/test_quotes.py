from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from berth.kernel.errors import Conflict, InvalidInput
from berth.kernel.money import Money
from lots.domain import listings
from lots.models import Listing, Spot
from tests.lots.making import make_member, quarter
from tests.trading.making import make_offer
from trading.domain.quotes import QUOTE_SECONDS, make_quote, open_quote

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def spot() -> Spot:
    return make_offer()


def quote_of(spot: Spot, hours: int = 2):  # type: ignore[no-untyped-def]
    start = quarter()
    return make_quote(spot=spot, start=start, end=start + hours * HOUR, member=None)


def test_quote_is_what_its_lines_say(spot: Spot) -> None:
    quote = quote_of(spot)
    assert quote.amount == Money(1600, "CNY")
    assert sum(line.amount_minor for line in quote.lines) == 1600
    assert quote.fee_minor == 0


def test_service_fee_is_a_line_of_its_own() -> None:
    quote = quote_of(make_offer(service_fee_bp=333))
    assert [line.amount_minor for line in quote.lines if line.kind == "service_fee"] == [53]
    assert (quote.amount.minor, quote.fee_minor) == (1653, 53)


def test_opened_quote_is_the_one_that_was_made(spot: Spot) -> None:
    quote = quote_of(spot)
    opened = open_quote(quote.token)
    assert (opened.spot, opened.start, opened.end) == (spot, quote.start, quote.end)
    assert (opened.amount, opened.lines, opened.fee_minor) == (quote.amount, quote.lines, quote.fee_minor)


def test_later_price_does_not_touch_a_quote_that_was_made(spot: Spot) -> None:
    quote = quote_of(spot)
    listing = spot.listings.get()
    listings.set_price(listing=listing, hourly_price_minor=9900, day_cap_minor=None, by=listing.owner)
    assert open_quote(quote.token).amount == Money(1600, "CNY")


def test_quote_of_a_withdrawn_listing_is_over(spot: Spot) -> None:
    quote = quote_of(spot)
    listing = spot.listings.get()
    listings.withdraw(listing=listing, by=listing.owner)
    with pytest.raises(Conflict) as refused:
        open_quote(quote.token)
    assert refused.value.code == "quote_expired"


def test_quote_is_good_for_ten_minutes(spot: Spot) -> None:
    quote = quote_of(spot)
    made = timezone.now()
    with time_machine.travel(made + timedelta(seconds=QUOTE_SECONDS - 5)):
        assert open_quote(quote.token).amount == quote.amount
    with time_machine.travel(made + timedelta(seconds=QUOTE_SECONDS + 5)), pytest.raises(Conflict) as refused:
        open_quote(quote.token)
    assert refused.value.code == "quote_expired"


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "eyJhIjoxfQ:1vABCD:x" * 3])
def test_token_that_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        open_quote(token)
    assert refused.value.code == "quote_invalid"


def test_cheaper_amount_written_into_a_token_is_refused(spot: Spot) -> None:
    quote = quote_of(spot)
    forged = signing.dumps({"listing": spot.listings.get().pk, "amount": 1}, salt="berth.quote", key="guessed")
    spliced = ":".join([forged.split(":")[0], *quote.token.split(":")[1:]])
    for token in (forged, spliced, quote.token[:-1] + ("A" if quote.token[-1] != "A" else "B")):
        with pytest.raises(InvalidInput):
            open_quote(token)


def test_fee_that_changed_meanwhile_ends_the_quote(spot: Spot) -> None:
    quote = quote_of(spot)
    spot.lot.service_fee_bp = 500
    spot.lot.save()
    with pytest.raises(Conflict) as refused:
        open_quote(quote.token)
    assert refused.value.code == "quote_expired"


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (-60, 60, "start"),
        (0, 0, "end"),
        (60, 0, "end"),
        (0, 15, "end"),
        (0, 31 * 24 * 60, "end"),
        (7, 60, "start"),
        (0, 52, "end"),
    ],
)
def test_times_that_cannot_be_booked_name_their_field(spot: Spot, start: int, end: int, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make_quote(spot=spot, start=quarter(start), end=quarter(end), member=None)
    assert field in refused.value.fields


@pytest.mark.parametrize("state", [Listing.State.PAUSED, Listing.State.WITHDRAWN])
def test_spot_that_is_not_offered_has_no_price(spot: Spot, state: str) -> None:
    spot.listings.update(state=state)
    with pytest.raises(Conflict) as refused:
        quote_of(spot)
    assert refused.value.code == "not_offered"


def test_sick_spot_has_no_price(spot: Spot) -> None:
    spot.sick_since = datetime.now(UTC)
    spot.save()
    with pytest.raises(Conflict):
        quote_of(spot)


def test_owner_is_told_that_the_spot_is_their_own(spot: Spot) -> None:
    start = quarter()
    with pytest.raises(Conflict) as refused:
        make_quote(spot=spot, start=start, end=start + HOUR, member=spot.owner)
    assert refused.value.code == "own_spot"
    assert make_quote(spot=spot, start=start, end=start + HOUR, member=make_member()).amount.minor == 800


def test_opening_a_quote_asks_the_database_once(spot: Spot) -> None:
    token = quote_of(spot).token
    with CaptureQueriesContext(connection) as queries:
        open_quote(token)
    assert len(queries) == 1
