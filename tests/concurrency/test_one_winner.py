"""Invariant 1, published: 64 clients want one spot for one time; one gets it, the others a clean refusal.

The control at the end runs the same race on a copy of the table without the constraint: there it double-books. So the
race is real, and it is the constraint that decides it.
"""

from __future__ import annotations

import itertools
import random
import threading
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from berth.kernel.ids import uuid7
from lots.domain import idle_time, listings, occupancy
from lots.domain.idle_check import check_idle_time
from lots.models import Occupancy
from tests.concurrency.racing import PATIENCE, race
from tests.lots.making import make_listing, make_spot, quarter

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
CLIENTS = 64


def test_one_of_64_clients_gets_the_spot():
    spot = make_listing().spot
    for round_ in range(5):
        start, end = quarter(60 * round_), quarter(60 * round_ + 60)
        outcomes = race(
            CLIENTS,
            lambda number, start=start, end=end: occupancy.take(
                occupancy_id=uuid7(), spot_id=spot.pk, start=start, end=end, kind="booking"
            ),
        )
        assert Counter(outcomes) == {True: 1, False: CLIENTS - 1}
        assert Occupancy.objects.filter(spot=spot, period=(start, end)).count() == 1
    assert check_idle_time() == []


def test_one_client_that_asks_64_times_at_once_gets_it_once():
    spot, occupancy_id = make_listing().spot, uuid7()
    outcomes = race(
        CLIENTS,
        lambda number: occupancy.take(
            occupancy_id=occupancy_id, spot_id=spot.pk, start=quarter(0), end=quarter(60), kind="booking"
        ),
    )
    assert outcomes == [True] * CLIENTS
    assert Occupancy.objects.count() == 1
    assert check_idle_time() == []


def test_winners_of_different_overlapping_times_never_overlap():
    spot = make_listing().spot
    dice = random.Random(3)
    wishes = [(start := 15 * dice.randrange(40), start + 15 * dice.randrange(2, 12)) for _ in range(CLIENTS)]
    outcomes = race(
        CLIENTS,
        lambda number: occupancy.take(
            occupancy_id=uuid7(),
            spot_id=spot.pk,
            start=quarter(wishes[number][0]),
            end=quarter(wishes[number][1]),
            kind="booking",
        ),
    )
    assert set(outcomes) == {True, False}
    taken = sorted((o.period.lower, o.period.upper) for o in Occupancy.objects.all())
    assert len(taken) == outcomes.count(True)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(taken))
    assert check_idle_time() == []


def test_first_listing_and_takes_at_once_leave_true_idle_time():
    """The row of idle time is just being made while others take the spot: no cut may be lost."""
    for _ in range(5):
        spot = make_spot()

        def act(number, spot=spot):
            if number % 4 == 0:
                return idle_time.rebuild(spot.pk)
            if number == 1:
                return make_listing(spot) and None
            start = quarter(60 * number)
            return occupancy.take(
                occupancy_id=uuid7(), spot_id=spot.pk, start=start, end=start + timedelta(hours=1), kind="owner_use"
            )

        outcomes = race(16, act)
        assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
        assert check_idle_time() == []


def test_takes_releases_schedules_and_faults_at_once_leave_true_idle_time():
    listing = make_listing()
    spot, owner = listing.spot, listing.owner

    def act(number):
        dice = random.Random(number)
        for _ in range(6):
            occupancy_id, start = uuid7(), quarter(15 * dice.randrange(60))
            won = occupancy.take(
                occupancy_id=occupancy_id, spot_id=spot.pk, start=start, end=start + timedelta(hours=1), kind="booking"
            )
            if won and dice.random() < 0.7:
                at = start + timedelta(minutes=dice.randrange(-15, 75))
                assert occupancy.release(occupancy_id=occupancy_id, at=at)
            if number % 8 == 0:
                begin = 15 * dice.randrange(40)
                windows = [(day, begin, begin + 15 * dice.randrange(8, 56)) for day in range(7)]
                listings.set_schedule(listing=listing, windows=windows, by=owner)
            if number % 8 == 1:
                listings.mark_sick(spot=spot, since=start)
                listings.mark_healthy(spot=spot)

    assert race(24, act) == [None] * 24
    assert check_idle_time() == []


@pytest.fixture
def bare_table():
    """Occupancies with every column and check, but without the exclusion constraint."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare_occupancy (LIKE lots_occupancy INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        yield
        cursor.execute("DROP TABLE bare_occupancy")


def rows_for(spot):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bare_occupancy WHERE spot_id = %s", [spot.pk])
        return cursor.fetchone()[0]


def test_control_the_same_insert_without_the_constraint_double_books(bare_table):
    spot = make_spot()
    statement = occupancy.TAKE.replace("lots_occupancy", "bare_occupancy")
    assert statement != occupancy.TAKE

    def take(number):
        with connection.cursor() as cursor:
            cursor.execute(statement, [uuid.uuid4(), spot.pk, quarter(0), quarter(60), "booking", None])
            return bool(cursor.rowcount)

    assert race(CLIENTS, take) == [True] * CLIENTS
    assert rows_for(spot) == CLIENTS


def test_control_looking_first_without_a_lock_double_books(bare_table):
    """What a check before the insert is worth: everyone looks, everyone sees the spot free, everyone takes it."""
    spot = make_spot()
    everyone_has_looked = threading.Barrier(CLIENTS)

    def look_then_take(number):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM bare_occupancy"
                " WHERE spot_id = %s AND state = 'live' AND period && tstzrange(%s, %s)",
                [spot.pk, quarter(0), quarter(60)],
            )
            free = cursor.fetchone()[0] == 0
            everyone_has_looked.wait(PATIENCE)
            if free:
                cursor.execute(
                    "INSERT INTO bare_occupancy (id, spot_id, period, kind, state, created_at)"
                    " VALUES (%s, %s, tstzrange(%s, %s), 'booking', 'live', now())",
                    [uuid.uuid4(), spot.pk, quarter(0), quarter(60)],
                )
            return free

    assert race(CLIENTS, look_then_take) == [True] * CLIENTS
    assert rows_for(spot) == CLIENTS
