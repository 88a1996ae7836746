"""What the lot tells, in every order, twice and late, ends in the same stay."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from finance.models import Account, JournalEntry
from hardware.domain.commands import order
from hardware.models import Controller, Grant, LockCommand, LotEvent, SpotLock
from hardware.signals import LotEventPayload, lot_event
from lots.models import LotStaff, Occupancy
from lots.queries import is_idle
from members.models import OutboxMessage
from tests.lots.making import make_member
from tests.trading.making import lot_event as event
from tests.trading.making import make_confirmed, make_hold
from trading.domain import bookings, lot_events, timeline
from trading.models import Booking, BookingState, Evidence, Stay

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def whole_stay(booking: Booking) -> list[LotEventPayload]:
    """Arrival two minutes after the start, exit after an hour."""
    plate, start = booking.vehicle.plate, booking.start
    told: list[tuple[str, datetime, dict[str, Any]]] = [
        ("plate_read", start + MINUTE, {"plate": plate, "gate": "in", "match": "exact", "confidence": 99}),
        ("card_issued", start + 2 * MINUTE, {"card": "04A1", "issue": 1, "gate": "in"}),
        ("vehicle_entered", start + 2 * MINUTE, {"plate": plate, "gate": "in", "card": "04A1"}),
        ("swipe_judged", start + 4 * MINUTE, {"controller": "C2", "verdict": "elsewhere", "request": 1}),
        ("swipe_judged", start + 5 * MINUTE, {"controller": "C1", "verdict": "open", "request": 2}),
        ("unlock_result", start + 5 * MINUTE, {"spot": booking.spot.code, "outcome": "opened", "tries": 1}),
        ("vehicle_left", start + 60 * MINUTE, {"plate": plate, "gate": "out"}),
        ("card_collected", start + 60 * MINUTE, {"card": "04A1", "gate": "out"}),
        ("lock_changed", start + 61 * MINUTE, {"spot": booking.spot.code, "acknowledged": "raised"}),
    ]
    return [event(booking, kind, at, n, **payload) for n, (kind, at, payload) in enumerate(told, start=1)]


def tell(events: list[LotEventPayload]) -> None:
    for one in events:
        lot_event.send(sender=LotEvent, event=one)


def outcome(booking: Booking) -> dict[str, Any]:
    """Everything that must be the same however the events came."""
    fresh = Booking.objects.get(pk=booking.pk)
    stay = Stay.objects.get(booking=booking)
    taken = Occupancy.objects.get(pk=fresh.occupancy_id)
    return {
        "state": fresh.state,
        "stay": (stay.plate_read, stay.entered_at, stay.unlocked_at, stay.left_at, stay.overstay_minutes),
        "occupancy": (taken.state, taken.period.lower, taken.period.upper),
        "rest_is_idle": is_idle(booking.spot_id, booking.start + 60 * MINUTE, booking.end),
        "grant": Grant.objects.get(subject_id=booking.pk).state,
        "settled": sorted(
            JournalEntry.objects.filter(reference=f"settle:{booking.pk}").values_list("legs__amount_minor", flat=True)
        ),
        "told": sorted(fresh.evidence.exclude(source="").values_list("source", "kind")),
        "messages": OutboxMessage.objects.filter(dedupe_key=f"booking:{booking.pk}:completed").count(),
        "chain": timeline.verify(fresh),
    }


def test_whole_stay_moves_the_booking_step_by_step() -> None:
    booking = make_confirmed()
    events = whole_stay(booking)
    tell(events[:2])
    assert Booking.objects.get().state == BookingState.CONFIRMED
    tell(events[2:3])
    assert Booking.objects.get().state == BookingState.ACTIVE
    tell(events[3:6])
    assert Stay.objects.get().unlocked_at == booking.start + 5 * MINUTE
    assert not JournalEntry.objects.filter(kind="settlement").exists()
    tell(events[6:])
    end = outcome(booking)
    assert (end["state"], end["grant"], end["rest_is_idle"], end["messages"]) == ("completed", "revoked", True, 1)
    assert end["occupancy"] == ("released", booking.start, booking.start + 60 * MINUTE)
    assert sum(end["settled"]) == 0
    assert max(end["settled"]) == booking.amount_minor
    assert end["chain"]


def test_shares_are_owner_75_lot_10_platform_15() -> None:
    booking = make_confirmed()
    tell(whole_stay(booking))
    shares = {account.kind: -account.balance_minor for account in Account.objects.all() if account.balance_minor < 0}
    assert shares == {"owner": 1200, "lot_manager": 160, "revenue": 240}


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_any_order_with_any_repeats_and_sweeps_ends_the_same(data: st.DataObject) -> None:
    with transaction.atomic():
        straight, mixed = make_confirmed(), make_confirmed()
        tell(whole_stay(straight))
        events = whole_stay(mixed)
        order_ = data.draw(st.permutations(range(len(events))))
        repeats = data.draw(st.lists(st.sampled_from(range(len(events))), max_size=6))
        sweep_at = data.draw(st.integers(0, len(order_)))
        for n, index in enumerate([*order_, *repeats]):
            if n == sweep_at:
                bookings.expire_holds(now=mixed.end)
            tell([events[index]])
        expected, found = outcome(straight), outcome(mixed)
        for facts, booking in ((expected, straight), (found, mixed)):
            facts["told"] = [(source.split(":")[0], kind) for source, kind in facts["told"]]
            facts["stay"] = tuple(at - booking.start if isinstance(at, datetime) else at for at in facts["stay"][1:])
            facts["occupancy"] = tuple(
                at - booking.start if isinstance(at, datetime) else at for at in facts["occupancy"]
            )
        assert sorted(found.pop("told")) == sorted(expected.pop("told"))
        assert found == expected
        transaction.set_rollback(True)


def test_exit_without_an_entry_completes_and_a_late_entry_corrects_the_stay() -> None:
    booking = make_confirmed()
    events = whole_stay(booking)
    tell([events[6]])
    assert Booking.objects.get().state == BookingState.COMPLETED
    assert Stay.objects.get().entered_at == booking.start + 60 * MINUTE
    tell([events[2]])
    assert Stay.objects.get().entered_at == booking.start + 2 * MINUTE
    assert Booking.objects.get().state == BookingState.COMPLETED


def test_news_of_an_offline_lot_turns_a_no_show_into_the_stay_that_it_was() -> None:
    booking = make_confirmed()
    assert [bookings.end_unused(now=booking.end + MINUTE) for _ in range(2)] == [1, 0]
    booking.refresh_from_db()
    assert booking.state == BookingState.NO_SHOW
    assert JournalEntry.objects.filter(kind="settlement").count() == 1
    tell(whole_stay(booking))
    booking.refresh_from_db()
    assert booking.state == BookingState.COMPLETED
    assert JournalEntry.objects.filter(kind="settlement").count() == 1
    assert Grant.objects.get().state == "revoked"
    assert timeline.verify(booking)


def test_unused_booking_is_the_owners_money_and_the_spot_was_kept() -> None:
    booking = make_confirmed()
    assert bookings.end_unused(now=booking.end - MINUTE) == 0
    bookings.end_unused(now=booking.end)
    assert Occupancy.objects.get().period.upper == booking.end
    assert [line.kind for line in booking.evidence.all()][-2:] == ["not_used", "settled"]
    assert OutboxMessage.objects.filter(dedupe_key=f"booking:{booking.pk}:not_used").count() == 1


@pytest.mark.parametrize("ended", ["cancelled", "expired"])
def test_car_that_enters_after_the_booking_ended_is_on_record_and_moves_nothing(
    ended: str, caplog: pytest.LogCaptureFixture
) -> None:
    booking = make_hold() if ended == "expired" else make_confirmed()
    if ended == "expired":
        bookings.expire_holds(now=booking.end)
    else:
        bookings.cancel(booking_id=booking.pk, renter=booking.renter)
    before = JournalEntry.objects.count()
    tell(whole_stay(booking))
    booking.refresh_from_db()
    assert booking.state == ended
    assert Stay.objects.get().left_at == booking.start + 60 * MINUTE
    assert booking.evidence.filter(kind="entered").count() == 1
    assert JournalEntry.objects.count() == before
    assert f"but the booking is {ended}" in caplog.text


@pytest.mark.parametrize(("late", "minutes"), [(-1, 0), (0, 0), (15, 0), (16, 16), (90, 90)])
def test_overstay_counts_from_the_end_once_the_grace_is_over(late: int, minutes: int) -> None:
    booking = make_confirmed()
    plate = booking.vehicle.plate
    tell([event(booking, "vehicle_entered", booking.start, 1, plate=plate)])
    tell([event(booking, "vehicle_left", booking.end + late * MINUTE, 2, plate=plate)])
    assert Stay.objects.get().overstay_minutes == minutes


def test_event_of_no_booking_and_of_unknown_kind_stop_nothing(caplog: pytest.LogCaptureFixture) -> None:
    booking = make_confirmed()
    stranger = LotEventPayload("lot", 9, "vehicle_entered", booking.start, uuid.uuid4(), {})
    tell([stranger, event(booking, "teleported", booking.start, 10), event(booking, "heartbeat", booking.start, 11)])
    assert not Stay.objects.exists()
    assert "concerns no booking" in caplog.text


@pytest.mark.parametrize(
    "payload", [{"plate": "x" * 500}, {"plate": None}, {"plate": 7}, {"weight": 1.5}, {"list": [1, {"a": 2.5}]}, {}]
)
def test_odd_payload_is_kept_as_text_and_stops_nothing(payload: dict[str, Any]) -> None:
    booking = make_confirmed()
    tell([event(booking, "vehicle_entered", booking.start, 1, **payload)])
    assert Booking.objects.get().state == BookingState.ACTIVE
    assert timeline.verify(booking)


def test_settlement_that_fails_leaves_the_fact_on_record_and_a_replay_heals(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Money that is missing from escrow must not hide that the car has left."""
    booking = make_confirmed()
    grant = Grant.objects.get()
    Booking.objects.filter(pk=booking.pk).update(amount_minor=99_999)
    stored = [
        LotEvent(
            lot=booking.lot, sequence=e.sequence, kind=e.kind, occurred_at=e.occurred_at, payload=e.payload, grant=grant
        )
        for e in whole_stay(booking)
    ]
    LotEvent.objects.bulk_create(stored)
    tell(whole_stay(booking))
    assert booking.evidence.filter(kind="left").count() == 1
    assert Booking.objects.get().state == BookingState.ACTIVE
    assert "escrow_insufficient" in caplog.text
    Booking.objects.filter(pk=booking.pk).update(amount_minor=booking.amount_minor)
    call_command("replay_lot_events", lot=booking.lot.code)
    assert outcome(booking)["state"] == BookingState.COMPLETED


def test_database_that_is_away_is_hardwares_to_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    booking = make_confirmed()

    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(lot_events.locking, "lock", away)
    with pytest.raises(OperationalError):
        tell(whole_stay(booking))


def test_defect_in_one_event_does_not_block_the_stream(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    booking = make_confirmed()
    real = lot_events.kind_of
    monkeypatch.setattr(lot_events, "kind_of", lambda e: 1 / 0 if e.kind == "card_issued" else real(e))
    tell(whole_stay(booking))
    assert Booking.objects.get().state == BookingState.COMPLETED
    assert "could not be applied" in caplog.text


def test_staff_override_stands_on_the_timeline_of_the_booking_that_the_spot_serves() -> None:
    booking = make_confirmed()
    lot, spot, staff = booking.lot, booking.spot, make_member(display_name="保安 老王")
    LotStaff.objects.create(lot=lot, member=staff)
    plan = spot.floor_plan
    controller = Controller.objects.create(lot=lot, floor_plan=plan, code="c1", label_zh="一号", address=1)
    SpotLock.objects.create(spot=spot, controller=controller, unit=1)
    tell(whole_stay(booking)[:3])
    order(kind=LockCommand.Kind.UNLOCK, lot=lot, spot=spot, by=staff, reason="card does not work")
    line = booking.evidence.get(kind=Evidence.Kind.OVERRIDE)
    assert (line.payload["by"], line.payload["reason"]) == ("保安 老王", "card does not work")
    LockCommand.objects.get().save()
    assert booking.evidence.filter(kind=Evidence.Kind.OVERRIDE).count() == 1
