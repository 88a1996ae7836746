"""The owner closes at the instant at which a renter holds: one of the two is first, and the other sees it.

The control does what holding did before it was one statement, look and then take: there the owner has closed, and the
renter has the spot all the same.
"""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection, transaction

from berth.kernel.ids import uuid7
from lots.domain import listings, occupancy, seizing
from lots.domain.idle_check import check_idle_time
from lots.models import Occupancy
from lots.queries import is_idle
from tests.concurrency.racing import PATIENCE, race
from tests.lots.making import make_listing, make_lot, make_member, make_spot, quarter
from trading.domain import bookings
from trading.domain.lot_quotes import make_lot_quote
from trading.domain.quotes import make_quote
from trading.models import Booking

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def waiting_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


def meet(listing, take):
    """The owner pauses but has not committed; the renter takes meanwhile. Whether the renter has the spot."""
    paused, outcome = threading.Event(), []

    def renter():
        try:
            paused.wait(PATIENCE)
            outcome.append(take())
        finally:
            connection.close()

    thread = threading.Thread(target=renter)
    thread.start()
    with transaction.atomic():
        listings.pause(listing=listing, by=listing.owner)
        paused.set()
        while not waiting_for_a_lock() and thread.is_alive():
            pass
    thread.join(PATIENCE)
    return outcome[0]


def values(listing):
    return {
        "occupancy_id": uuid7(),
        "spot_id": listing.spot_id,
        "start": quarter(60),
        "end": quarter(120),
        "kind": "hold",
        "expires_at": quarter(60),
    }


def test_renter_who_comes_while_the_owner_closes_is_refused():
    listing = make_listing()
    assert not meet(listing, lambda: seizing.seize(**values(listing)))
    assert not Occupancy.objects.exists()
    assert check_idle_time() == []


def test_control_looking_first_takes_what_the_owner_has_closed():
    listing = make_listing()
    wanted = values(listing)
    period = wanted["spot_id"], wanted["start"], wanted["end"]
    assert meet(listing, lambda: is_idle(*period) and occupancy.take(**wanted))
    listing.refresh_from_db()
    assert (listing.state, Occupancy.objects.count()) == ("paused", 1)


def test_owner_who_closes_while_renters_hold_leaves_idle_time_true():
    for _ in range(3):
        listing = make_listing()
        renters = [make_member() for _ in range(15)]
        quotes = [
            make_quote(spot=listing.spot, start=quarter(60 * n), end=quarter(60 * n + 60), member=None).token
            for n in range(15)
        ]

        def act(number, listing=listing, renters=renters, quotes=quotes):
            if number == 15:
                return listings.set_schedule(listing=listing, windows=[(0, 0, 15)], by=listing.owner)
            try:
                return bookings.hold(booking_id=uuid7(), renter=renters[number], quote_token=quotes[number])
            except Exception as error:
                return getattr(error, "code", error)

        outcomes = Counter("won" if isinstance(o, Booking) else str(o) for o in race(16, act)[:15])
        assert set(outcomes) <= {"won", "taken"}
        assert Occupancy.objects.filter(spot=listing.spot).count() == outcomes["won"]
        assert check_idle_time() == []


def test_renters_who_want_any_spot_at_once_each_get_another_until_none_is_left():
    lot = make_lot()
    for _ in range(12):
        make_listing(make_spot(lot))
    token = make_lot_quote(lot=lot, start=quarter(60), end=quarter(120), features=0, member=None).token
    renters = [make_member() for _ in range(16)]

    def act(number):
        try:
            return bookings.hold(booking_id=uuid7(), renter=renters[number], quote_token=token).spot_id
        except Exception as error:
            return getattr(error, "code", error)

    outcomes = race(16, act)
    assert len({outcome for outcome in outcomes if isinstance(outcome, int)}) == 12
    assert outcomes.count("taken") == 4
    assert check_idle_time() == []
