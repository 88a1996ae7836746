"""The race through the front door: 64 renters hold one spot at once, and exactly one has it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from berth.kernel.errors import DomainError
from berth.kernel.ids import uuid7
from finance.domain.receipts import receive
from finance.models import JournalEntry, Refund
from lots.models import Occupancy
from tests.lots.making import make_member, quarter
from tests.trading.making import make_confirmed, make_hold, make_offer, make_payment, make_vehicle
from trading.domain import bookings, holds, timeline
from trading.domain.quotes import make_quote
from trading.models import Booking, BookingState, Evidence

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
CLIENTS = 64
TOGETHER = 16
"""Connections at once; the rest of the clients follow as soon as one is free."""


def rush(act: Callable[[int], object], clients: int = CLIENTS) -> Counter[str]:
    """Everybody at once: what became of them, by code of the refusal, type of the error, or "won"."""
    gate = threading.Barrier(TOGETHER)

    def run(number: int) -> str:
        if number < TOGETHER:
            gate.wait()
        try:
            act(number)
        except DomainError as refusal:
            return refusal.code
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()
        return "won"

    with ThreadPoolExecutor(TOGETHER) as pool:
        return Counter(pool.map(run, range(clients)))


def test_one_of_64_renters_has_the_spot_and_the_others_a_clean_refusal() -> None:
    spot = make_offer()
    renters = [make_member() for _ in range(CLIENTS)]
    start = quarter()
    # Different, overlapping times: every pair of them conflicts.
    tokens = [
        make_quote(
            spot=spot, start=start + timedelta(minutes=15 * (n % 4)), end=start + timedelta(hours=2), member=None
        ).token
        for n in range(CLIENTS)
    ]
    outcome = rush(lambda n: bookings.hold(booking_id=uuid7(), renter=renters[n], quote_token=tokens[n]))
    assert outcome == {"won": 1, "taken": CLIENTS - 1}
    assert Booking.objects.count() == Occupancy.objects.count() == Evidence.objects.count() == 1


def test_control_without_the_deciding_insert_several_would_have_the_spot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes constraint and insert's verdict away: if this found one winner, the race above would prove nothing."""
    spot = make_offer()
    renters = [make_member() for _ in range(TOGETHER)]
    start = quarter()
    token = make_quote(spot=spot, start=start, end=start + timedelta(hours=2), member=None).token
    all_have_looked = threading.Barrier(TOGETHER)

    def check_then_insert(**values: object) -> bool:
        all_have_looked.wait()
        Occupancy.objects.create(
            id=values["occupancy_id"],  # type: ignore[misc]
            spot_id=values["spot_id"],  # type: ignore[misc]
            period=(values["start"], values["end"]),
            kind=values["kind"],  # type: ignore[misc]
            expires_at=values["expires_at"],  # type: ignore[misc]
        )
        return True

    name = "one_occupancy_per_spot_and_time"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
        definition = cursor.fetchone()[0]
        cursor.execute(f"ALTER TABLE lots_occupancy DROP CONSTRAINT {name}")
    monkeypatch.setattr(holds.seizing, "seize", check_then_insert)
    try:
        outcome = rush(lambda n: bookings.hold(booking_id=uuid7(), renter=renters[n], quote_token=token), TOGETHER)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE lots_occupancy CASCADE")
            cursor.execute(f"ALTER TABLE lots_occupancy ADD CONSTRAINT {name} {definition}")
    assert outcome["won"] > 1


def test_same_request_64_times_at_once_is_one_booking_for_everybody() -> None:
    spot, renter, booking_id = make_offer(), make_member(), uuid7()
    start = quarter()
    token = make_quote(spot=spot, start=start, end=start + timedelta(hours=2), member=None).token
    outcome = rush(lambda _: bookings.hold(booking_id=booking_id, renter=renter, quote_token=token))
    assert outcome == {"won": CLIENTS}
    assert (Booking.objects.count(), Evidence.objects.count()) == (1, 1)


def test_one_car_is_booked_once_however_many_spots_are_tried_at_once() -> None:
    spots = [make_offer() for _ in range(TOGETHER)]
    renter = make_member()
    car, start = make_vehicle(renter), quarter()
    tokens = [make_quote(spot=s, start=start, end=start + timedelta(hours=2), member=None).token for s in spots]
    outcome = rush(
        lambda n: bookings.hold(booking_id=uuid7(), renter=renter, quote_token=tokens[n], vehicle=car), TOGETHER
    )
    assert outcome == {"won": 1, "vehicle_busy": TOGETHER - 1}
    assert Occupancy.objects.filter(state="live").count() == 1


def test_pay_and_expiry_and_abandonment_at_once_leave_one_truth() -> None:
    """Money is for a spot or on its way back: never kept for nothing, never paid back for a booking that stands."""
    for _ in range(6):
        booking = make_hold()
        payment = make_payment(booking)
        acts = [
            lambda b=booking, p=payment: receive(payment_id=p.pk, number=f"N{p.pk.hex[:12]}", paid_at=b.created_at),
            lambda b=booking: bookings.expire_holds(now=b.created_at + timedelta(hours=1)),
            lambda b=booking: bookings.abandon_hold(booking_id=b.pk, renter=b.renter),
        ]
        outcome = rush(lambda n, acts=acts: acts[n % 3](), TOGETHER)
        assert set(outcome) <= {"won", "already_paid"}
        booking.refresh_from_db()
        refunds = Refund.objects.filter(payment=payment).count()
        assert (booking.state == BookingState.CONFIRMED) == (refunds == 0)
        assert timeline.verify(booking)


def test_sixteen_cancellations_at_once_pay_back_once() -> None:
    booking = make_confirmed()
    outcome = rush(lambda _: bookings.cancel(booking_id=booking.pk, renter=booking.renter), TOGETHER)
    assert outcome == {"won": TOGETHER}
    assert Refund.objects.count() == 1


def test_sweeps_in_several_workers_settle_each_unused_booking_once() -> None:
    made = [make_confirmed() for _ in range(4)]
    late = max(booking.end for booking in made)
    outcome = rush(lambda _: bookings.end_unused(now=late), TOGETHER)
    assert outcome == {"won": TOGETHER}
    assert JournalEntry.objects.filter(kind="settlement").count() == 4
    assert Booking.objects.filter(state=BookingState.NO_SHOW).count() == 4


def test_chain_stays_one_chain_under_many_writers() -> None:
    booking = make_confirmed()

    def append(number: int) -> None:
        with transaction.atomic():
            held = Booking.objects.select_for_update(no_key=True).get(pk=booking.pk)
            timeline.append(
                booking=held, kind=Evidence.Kind.SWIPED, occurred_at=held.start, source=f"event:x:{number // 2}"
            )

    assert rush(append) == {"won": CLIENTS}
    assert booking.evidence.filter(kind="swiped").count() == CLIENTS // 2
    assert timeline.verify(booking)
