"""The same race through the whole checkout hold: 64 renters with a signed quote each for one spot and time."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from berth.kernel.errors import Conflict
from berth.kernel.ids import uuid7
from lots.domain import listings
from lots.domain.idle_check import check_idle_time
from lots.models import Occupancy
from tests.concurrency.racing import race
from tests.lots.making import make_member, quarter
from tests.trading.making import make_hold, make_offer
from trading.domain import bookings
from trading.domain.quotes import make_quote
from trading.models import Booking, Evidence

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
CLIENTS = 64


def named(outcome):
    """'won' for a booking, the code of a clean refusal, or the exception that nobody should ever see."""
    if isinstance(outcome, Booking):
        return "won"
    return outcome.code if isinstance(outcome, Conflict) else outcome


def test_one_of_64_renters_holds_the_spot():
    spot = make_offer()
    start, end = quarter(60), quarter(180)
    renters = [make_member() for _ in range(CLIENTS)]
    quotes = [make_quote(spot=spot, start=start, end=end, member=renter) for renter in renters]
    outcomes = race(
        CLIENTS,
        lambda n: bookings.hold(booking_id=uuid7(), renter=renters[n], quote_token=quotes[n].token),
    )
    assert Counter(map(named, outcomes)) == {"won": 1, "taken": CLIENTS - 1}
    [booking] = Booking.objects.all()
    assert Occupancy.objects.get().pk == booking.occupancy_id
    assert Evidence.objects.get().booking == booking
    assert check_idle_time() == []


def test_one_renter_who_taps_64_times_holds_it_once():
    spot, renter, booking_id = make_offer(), make_member(), uuid7()
    quote = make_quote(spot=spot, start=quarter(60), end=quarter(180), member=renter)
    outcomes = race(CLIENTS, lambda _: bookings.hold(booking_id=booking_id, renter=renter, quote_token=quote.token))
    assert Counter(map(named, outcomes)) == {"won": CLIENTS}
    assert {outcome.pk for outcome in outcomes} == {booking_id}
    assert (Booking.objects.count(), Occupancy.objects.count()) == (1, 1)
    assert check_idle_time() == []


def test_holds_let_go_and_taken_again_at_once_leave_one_owner_and_true_idle_time():
    """Half let their hold of the spot go while the others try to get it, and the owner changes the week meanwhile."""
    spot = make_offer()
    held = [make_hold(spot, start=quarter(120 * n)) for n in range(8)]
    renters = [make_member() for _ in range(16)]
    quotes = {n: make_quote(spot=spot, start=quarter(960), end=quarter(1080), member=renters[n]) for n in range(16)}

    def act(number):
        if number < 8:
            return bookings.abandon_hold(booking_id=held[number].pk, renter=held[number].renter)
        if number == 8:
            listing = spot.listings.get()
            windows = [(day, 0, 1440) for day in range(7)]
            return listings.set_schedule(listing=listing, windows=windows, by=listing.owner)
        return bookings.hold(booking_id=uuid7(), renter=renters[number - 9], quote_token=quotes[number - 9].token)

    outcomes = race(24, act)
    assert Counter(map(named, outcomes[9:])) == {"won": 1, "taken": 14}
    assert [outcome for outcome in outcomes[:9] if isinstance(outcome, Exception)] == []
    live = list(Occupancy.objects.filter(state="live"))
    assert [(row.period.lower, row.period.upper - row.period.lower) for row in live] == [
        (quarter(960), timedelta(hours=2))
    ]
    assert check_idle_time() == []
