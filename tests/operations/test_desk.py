"""What the desk shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from berth.kernel import live
from hardware.event_kinds import EventKind
from hardware.models import Controller, LockCommand, LotServer, SpotLock
from lots.domain import occupancy
from lots.models import Occupancy
from operations.queries import bays, cars, devices, feed
from operations.queries.calls import open_calls
from operations.words import lock_words, server_words
from tests.operations.conftest import Desk
from tests.operations.stays import park

Position = SpotLock.Position


def test_bays_say_who_has_them_and_how_their_lock_is(desk: Desk) -> None:
    _free, booked, parked = desk.spots
    now = timezone.now()
    occupancy.take(
        occupancy_id=live_uuid(),
        spot_id=booked.pk,
        start=now,
        end=now + timedelta(hours=1),
        kind=Occupancy.Kind.BOOKING,
    )
    park(desk, parked, "粤B12345")
    SpotLock.objects.filter(spot=parked).update(
        acknowledged=Position.LOWERED, commanded=Position.LOWERED, vehicle_present=True
    )
    with translation.override("en"):
        shown = {bay.spot.code: (bay.state, bay.lamp, bay.lock_word) for bay in bays.bays_now(desk.lot)}
    assert shown == {
        "A-01": ("free", "green", "lock closed"),
        "A-02": ("reserved", "green", "lock closed"),
        "A-03": ("taken", "green", "lock open"),
    }


def test_bay_whose_lock_is_down_without_car_or_booking_is_open(desk: Desk) -> None:
    SpotLock.objects.filter(spot=desk.spots[0]).update(acknowledged=Position.LOWERED, commanded=Position.LOWERED)
    assert [bay.state for bay in bays.bays_now(desk.lot)] == ["open", "free", "free"]


@pytest.mark.parametrize("position", [Position.JAMMED, Position.OFFLINE])
def test_bay_with_a_sick_lock_is_out_of_order(desk: Desk, position: str) -> None:
    SpotLock.objects.filter(spot=desk.spots[0]).update(acknowledged=position)
    bay = bays.bays_now(desk.lot)[0]
    assert (bay.state, bay.lamp) == ("fault", "red")


def test_lock_that_is_not_where_it_was_told_to_be_is_amber() -> None:
    assert lock_words(SpotLock(commanded="lowered", acknowledged="raised"))[0] == "amber"
    assert lock_words(SpotLock(commanded="raised", acknowledged="raised", battery_low=True))[0] == "amber"
    assert lock_words(SpotLock(commanded="raised", acknowledged="unknown"))[0] == "grey"
    assert lock_words(None)[0] == "grey"


@pytest.mark.parametrize(
    ("silent", "lamp"), [(30, "green"), (89, "green"), (100, "amber"), (400, "red"), (None, "grey")]
)
def test_lot_server_lamp_follows_when_it_was_last_heard(silent: int | None, lamp: str) -> None:
    now = timezone.now()
    server = LotServer(last_seen_at=None if silent is None else now - timedelta(seconds=silent))
    assert server_words(server, now=now)[0] == lamp


def test_devices_count_their_faulty_locks(desk: Desk) -> None:
    SpotLock.objects.filter(spot=desk.spots[0]).update(acknowledged=Position.JAMMED)
    Controller.objects.update(online=False, state_reason="no reply")
    server, (controller,) = devices.devices_of(desk.lot)
    assert (server.lamp, controller.lamp, controller.locks, controller.faulty) == ("grey", "red", 3, 1)
    assert "no reply" in controller.word


def test_expected_cars_leave_out_who_is_in_or_was_in(desk: Desk) -> None:
    now = timezone.now()
    desk.grant(desk.spots[0], "粤B11111", now + timedelta(hours=3))
    desk.grant(desk.spots[1], "粤B22222", now - timedelta(minutes=5))
    desk.grant(desk.spots[1], "粤B33333", now + timedelta(hours=20))
    desk.grant(desk.spots[1], "粤B44444", now - timedelta(hours=5))
    park(desk, desk.spots[2], "粤B55555")
    shown = [(car.plates, car.bay, car.soon) for car in cars.expected(desk.lot)]
    assert shown == [(["粤B22222"], "A-02", True), (["粤B11111"], "A-01", False)]
    (inside,) = cars.inside(desk.lot)
    assert (inside.plate, inside.bay, inside.late) == ("粤B55555", "A-03", False)


def read(desk: Desk, plate: str, match: str, **fields: Any) -> Any:
    return desk.event(EventKind.PLATE_READ, plate=plate, match=match, gate="in-1", direction="entry", **fields)


def test_unmatched_plates_wait_until_they_are_dealt_with(desk: Desk) -> None:
    grant = desk.grant(desk.spots[0], "粤B12345")
    read(desk, "粤B1Z345", "near", grant=str(grant.pk), ago=60)
    read(desk, "粤A99999", "none", grant=None, ago=50)
    read(desk, "粤A99999", "none", grant=None, ago=40)
    read(desk, "粤C77777", "exact", grant=None, ago=30)
    read(desk, "粤D00000", "none", grant=None, ago=3600)
    assert [(car.plate, car.grant) for car in cars.unmatched(desk.lot)] == [("粤A99999", None), ("粤B1Z345", grant)]
    desk.event(EventKind.VEHICLE_ENTERED, plate="粤A99999", gate="in-1")
    assert [car.plate for car in cars.unmatched(desk.lot)] == ["粤B1Z345"]
    LockCommand.objects.create(
        lot=desk.lot, kind=LockCommand.Kind.OPEN_GATE, gate_code="in-1", requested_by=desk.staff, reason="seen"
    )
    assert cars.unmatched(desk.lot) == []


def test_feed_is_the_newest_fifty_and_can_be_narrowed(desk: Desk) -> None:
    for number in range(60):
        desk.event(EventKind.CARD_ISSUED, ago=100 - number, card=f"A-{number}", gate="in-1")
    desk.event(EventKind.CONTROLLER_CHANGED, controller="C1", online=True, ago=200)
    lines = feed.feed(desk.lot)
    assert (len(lines), "A-59" in lines[0].text) == (50, True)
    (line,) = feed.feed(desk.lot, feed.group_of("trouble"))
    assert "C1" in line.text
    assert feed.group_of("nonsense").key == ""


def test_locks_that_close_one_after_the_other_are_one_line(desk: Desk) -> None:
    for number in range(3):
        desk.event(EventKind.LOCK_CHANGED, ago=100 - number, spot=f"B-0{number}", acknowledged="raised")
    desk.event(EventKind.CONTROLLER_CHANGED, ago=90, controller="C1", online=True)
    for number in range(5):
        desk.event(EventKind.LOCK_CHANGED, ago=80 - number, spot=f"A-0{number}", acknowledged="raised")
    desk.event(EventKind.LOCK_CHANGED, ago=70, spot="A-05", acknowledged="jammed")
    with translation.override("en"):
        texts = [line.text for line in feed.feed(desk.lot)]
    assert texts == [
        "Lock A-05 is jammed",
        "5 locks closed, A-00 to A-04",
        "Controller C1 is online",
        "Lock B-02 closed",
        "Lock B-01 closed",
        "Lock B-00 closed",
    ]


def test_answer_to_an_order_names_it(desk: Desk) -> None:
    command = LockCommand.objects.create(
        lot=desk.lot, kind=LockCommand.Kind.UNLOCK, spot=desk.spots[0], requested_by=desk.staff, reason="stuck"
    )
    desk.event(EventKind.COMMAND_RESULT, ago=1, command=str(command.pk), outcome="done", detail="opened")
    desk.event(EventKind.COMMAND_RESULT, ago=2, command="no such id", outcome="done", detail="opened")
    with translation.override("en"):
        texts = [line.text for line in feed.feed(desk.lot)]
    assert texts == [f"Open the lock A-01 ({desk.staff}): done", "Order from the desk: done"]


def test_every_kind_of_event_is_in_exactly_one_narrow_group() -> None:
    narrow = [kind for group in feed.GROUPS[1:] for kind in group.kinds]
    assert sorted(narrow) == sorted(set(EventKind) - {EventKind.HEARTBEAT})


def test_calls_that_nobody_took_come_first(desk: Desk) -> None:
    taken = desk.call(state="acknowledged", acknowledged_by=desk.staff, raised_at=timezone.now() - timedelta(hours=1))
    waiting = desk.call()
    desk.call(state="resolved")
    assert open_calls(desk.lot) == [waiting, taken]


def test_dashboard_listens_to_its_own_lot_only(desk: Desk, staff: Client) -> None:
    page = staff.get(reverse("dashboard", args=["east"]))
    assert live.channels_of(page.context["token"]) == ["lot.east"]
    assert f"token={page.context['token']}" in page.content.decode()


def test_dashboard_shows_every_part(desk: Desk, staff: Client) -> None:
    desk.call(spot=desk.spots[0])
    desk.grant(desk.spots[1], "粤B12345")
    desk.event(EventKind.CONTROLLER_CHANGED, controller="C1", online=False, reason="no reply")
    page = staff.get(reverse("dashboard", args=["east"])).content.decode()
    for expected in ("data-call-state", "plan__svg", "12345", 'data-device="C1"', "Controller C1 is offline: no reply"):
        assert expected in page


QUERIES = {"calls": 5, "plan": 10, "cars": 10, "devices": 7, "feed": 6}
"""Session, member, lot and its staff first; then those of the part."""


@pytest.mark.parametrize("part", QUERIES)
@pytest.mark.parametrize("bays_count", [1, 3])
def test_parts_take_the_same_queries_for_one_and_three(
    db: None, part: str, bays_count: int, django_assert_num_queries: Any
) -> None:
    desk = Desk("busy", bays=bays_count)
    for spot in desk.spots:
        grant = desk.grant(spot, f"粤B1111{spot.pk % 10}")
        park(desk, spot, f"粤B2222{spot.pk % 10}")
        desk.call(spot=spot, grant=grant)
        order = LockCommand.objects.create(lot=desk.lot, kind="unlock", spot=spot, requested_by=desk.staff, reason="x")
        desk.event(EventKind.COMMAND_RESULT, command=str(order.pk), outcome="done", detail="")
        read(desk, f"粤B3333{spot.pk % 10}", "near", grant=str(grant.pk))
    from tests.operations.conftest import signed_in

    client = signed_in(desk.staff)
    with django_assert_num_queries(QUERIES[part]):
        assert client.get(reverse("dashboard_part", args=["busy", part])).status_code == 200


def live_uuid() -> Any:
    from berth.kernel.ids import uuid7

    return uuid7()
