from __future__ import annotations

from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from berth.kernel.errors import Conflict
from tests.trading.making import make_hold
from trading.domain import states
from trading.models import Booking, BookingState

pytestmark = pytest.mark.django_db
WAY_TO = {
    "held": [],
    "confirmed": ["confirmed"],
    "active": ["confirmed", "active"],
    "completed": ["confirmed", "active", "completed"],
    "expired": ["expired"],
    "cancelled": ["cancelled"],
    "no_show": ["confirmed", "no_show"],
}


def booking_in(state: str) -> Booking:
    booking = make_hold()
    for step in WAY_TO[state]:
        Booking.objects.filter(pk=booking.pk).update(state=step)
    return Booking.objects.get(pk=booking.pk)


@pytest.mark.parametrize(("before", "after"), list(product(BookingState.values, repeat=2)))
def test_database_allows_what_the_table_allows_and_nothing_else(before: str, after: str) -> None:
    booking = booking_in(before)
    legal = before == after or states.may_change(before, after)
    try:
        with transaction.atomic():
            Booking.objects.filter(pk=booking.pk).update(state=after)
    except IntegrityError:
        assert not legal
    else:
        assert legal


@pytest.mark.parametrize(("before", "after"), list(product(BookingState.values, repeat=2)))
def test_change_refuses_what_the_table_does_not_allow(before: str, after: str) -> None:
    booking = booking_in(before)
    if states.may_change(before, after):
        states.change(booking, BookingState(after), at=timezone.now())
        assert Booking.objects.get(pk=booking.pk).state == after
    else:
        with pytest.raises(Conflict) as refused:
            states.change(booking, BookingState(after), at=timezone.now())
        assert refused.value.code == "illegal_state"
        assert Booking.objects.get(pk=booking.pk).state == before


def test_every_state_can_be_reached_and_final_ones_only_by_late_news_left() -> None:
    reached = {BookingState.HELD}.union(*states.LEGAL_CHANGES.values())
    assert reached == set(BookingState)
    left = {state for state in BookingState.final() if states.LEGAL_CHANGES[state]}
    assert left == {BookingState.EXPIRED, BookingState.NO_SHOW}


@pytest.mark.parametrize("state", sorted(set(BookingState) - {BookingState.HELD}))
def test_database_refuses_a_booking_that_does_not_start_held(state: str) -> None:
    held = make_hold()
    copy = {f.attname: getattr(held, f.attname) for f in Booking._meta.concrete_fields}
    copy |= {"id": None, "reference": "COPY", "state": state, "occupancy_id": held.occupancy_id}
    with pytest.raises(IntegrityError, match="starts as held"), transaction.atomic():
        Booking.objects.bulk_create([Booking(**copy | {"id": held.occupancy_id.__class__(int=1)})])
