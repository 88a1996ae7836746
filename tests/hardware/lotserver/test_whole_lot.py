"""A whole lot: lot server, controllers as processes on a simulated line, gates on their ports, cars with drivers."""

from __future__ import annotations

import pytest
import requests

from hardware.simulator import drivers
from hardware.simulator.actions import ACTIONS
from tests.hardware.lotserver.platform_server import Platform
from tests.hardware.lotserver.world import World

pytestmark = pytest.mark.xdist_group("whole lot")  # one world for all of them: starting it takes seconds


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    platform = Platform()
    made = World(tmp_path_factory.mktemp("w"), platform)
    try:
        made.online("c1", "c2")
        yield made
    finally:
        made.stop()
        platform.stop()


def act(world, name, **arguments):
    ACTIONS[name](world.lot, arguments)


def drive_in(world, plate):
    act(world, "car_arrives", plate=plate)
    world.until(lambda: world.place(plate) == "inside")


def drive_out(world, plate):
    act(world, "car_leaves", plate=plate)
    world.until(lambda: world.place(plate) == "outside")


def swipe_and_park(world, plate, controller, spot):
    act(world, "swipe", plate=plate, controller=controller)
    world.until(lambda: world.place(plate) == f"spot:{spot}")


def closed(world, gate):
    world.until(lambda: world.lot.gates[gate].barrier.position == "closed")


def test_story_of_a_stay(world):
    """Entry, the wrong controller, the right one, parked, out: each step is seen and told, once and in order."""
    world.give("g-story", spot="A-03", plates=["粤A12345"])
    drive_in(world, "粤A12345")
    closed(world, "in-1")
    act(world, "swipe", plate="粤A12345", controller="c1")
    panel = world.lot.controllers["c1"].panel
    world.until(lambda: "A-03" in panel.text)
    assert panel.text == (
        "您的车位是 A-03\n→ 约 30 米，请到 2 号集控器刷卡\nYour spot is A-03\n→ about 30 m: swipe at Controller 2"
    )
    swipe_and_park(world, "粤A12345", "c2", "A-03")
    card = world.car("粤A12345").card.uid
    world.platform.wait_for("lock_changed", spot="A-03", vehicle_present=True)
    drive_out(world, "粤A12345")
    world.until(lambda: world.lot.locks["A-03"].position == "raised")
    world.platform.wait_for("lock_changed", spot="A-03", acknowledged="raised", commanded="raised", grant="g-story")
    told = [e for e in world.platform.events if e["payload"].get("grant") == "g-story" and e["kind"] != "lock_changed"]
    assert [(e["kind"], e["payload"].get("verdict") or e["payload"].get("direction") or "") for e in told] == [
        ("plate_read", "entry"),
        ("card_issued", ""),
        ("vehicle_entered", ""),
        ("swipe_judged", "elsewhere"),
        ("swipe_judged", "open"),
        ("unlock_result", ""),
        ("plate_read", "exit"),
        ("card_collected", ""),
        ("vehicle_left", ""),
    ]
    assert world.server.store.card(card).state == "returned"
    assert world.server.store.inside() == []
    closed(world, "out-1")


def test_second_car_with_the_same_grant_stays_outside(world):
    world.give("g-two", spot="A-01", plates=["粤B11111", "粤B99999"])
    drive_in(world, "粤B11111")
    closed(world, "in-1")
    act(world, "car_arrives", plate="粤B99999")
    (read,) = world.platform.wait_for("plate_read", plate="粤B99999")
    assert (read["match"], read["grant"]) == ("none", None)
    assert world.place("粤B99999") == "gate:in-1"
    assert world.lot.gates["in-1"].barrier.position == "closed"
    act(world, "turn_back", plate="粤B99999")
    drive_out(world, "粤B11111")
    closed(world, "out-1")


def test_tampered_card_opens_nothing(world):
    world.give("g-tamper", spot="A-02", plates=["粤C22222"])
    drive_in(world, "粤C22222")
    act(world, "tamper_card", plate="粤C22222")
    act(world, "swipe", plate="粤C22222", controller="c1")
    (judged,) = world.platform.wait_for("swipe_judged", verdict="denied", reason="bad_credential")
    assert judged["controller"] == "c1"
    world.platform.wait_for("rejected", source="card", reason="tampered")
    world.until(lambda: "请再刷一次" in world.lot.controllers["c1"].panel.text)
    assert world.lot.locks["A-02"].position == "raised"
    assert len(world.platform.of_kind("swipe_judged", reason="bad_credential")) == 1, "six tries are told as one"
    act(world, "tamper_card", plate="粤C22222")  # the bit back
    swipe_and_park(world, "粤C22222", "c1", "A-02")
    drive_out(world, "粤C22222")
    closed(world, "out-1")


def test_jammed_lock_is_tried_again_and_help_is_called(world):
    world.give("g-jam", spot="A-04", plates=["粤D33333"])
    drive_in(world, "粤D33333")
    act(world, "jam_lock", spot="A-04")
    act(world, "swipe", plate="粤D33333", controller="c2")
    (result,) = world.platform.wait_for("unlock_result", spot="A-04")
    assert (result["outcome"], result["tries"], result["grant"]) == ("failed", 6, "g-jam")
    (call,) = world.platform.wait_for("emergency_raised", reason="unlock_failed")
    assert (call["controller"], call["spot"], call["grant"]) == ("c2", "A-04", "g-jam")
    world.until(lambda: "已呼叫值班人员" in world.lot.controllers["c2"].panel.text)
    act(world, "clear_lock", spot="A-04")
    swipe_and_park(world, "粤D33333", "c2", "A-04")
    drive_out(world, "粤D33333")
    closed(world, "out-1")


def test_emergency_button_is_told_at_once(world):
    world.give("g-help", spot="A-02", plates=["粤H88888"])
    drive_in(world, "粤H88888")
    swipe_and_park(world, "粤H88888", "c1", "A-02")
    act(world, "press_emergency", controller="c1")
    (call,) = world.platform.wait_for("emergency_raised", controller="c1", reason="button")
    assert (call["spot"], call["grant"]) == ("A-02", "g-help"), "who swiped here just now"
    drive_out(world, "粤H88888")
    closed(world, "out-1")


def test_platform_away_the_lot_goes_on_and_tells_later_in_order(world):
    world.give("g-away", spot="A-01", plates=["粤E44444"])
    world.platform.away = True
    told = len(world.platform.events)
    try:
        drive_in(world, "粤E44444")
        swipe_and_park(world, "粤E44444", "c1", "A-01")
        drive_out(world, "粤E44444")
        assert len(world.platform.events) == told
    finally:
        world.platform.away = False
    world.platform.wait_for("vehicle_left", grant="g-away")
    assert [e["sequence"] for e in world.platform.events] == list(range(1, len(world.platform.events) + 1))
    times = [e["occurred_at"] for e in world.platform.events]
    assert times == sorted(times), "the platform hears it in the order in which it happened"
    closed(world, "out-1")


def test_unsigned_camera_post_changes_nothing(world):
    world.give("g-forged", spot="A-01", plates=["粤F55555"])
    told, before = len(world.platform.events), world.lot.gates["in-1"].state()
    unsigned = world.server.cameras.rejected["unsigned"]
    act(world, "unsigned_camera", plate="粤F55555")
    gate = world.lot.gates["in-1"]
    assert gate.camera.last_answer == 401
    assert world.server.cameras.rejected["unsigned"] == unsigned + 1
    assert requests.post(gate.config.camera.url, data=b"", timeout=5).status_code == 401
    assert {**gate.state(), "camera": 0} == {**before, "camera": 0}
    assert world.server.store.inside() == []
    assert [e["kind"] for e in world.platform.events[told:]] == []


def test_staff_let_out_who_lost_the_card(world):
    world.give("g-lost", spot="A-02", plates=["粤G66666"])
    drive_in(world, "粤G66666")
    card, world.car("粤G66666").card = world.car("粤G66666").card, None
    act(world, "car_leaves", plate="粤G66666")
    world.platform.wait_for("plate_read", plate="粤G66666", direction="exit")
    order = {
        "id": "o-1",
        "kind": "open_gate",
        "gate": "out-1",
        "by": "值班",
        "reason": "丢卡",
        "issued_at": world.now(),
    }
    world.server.orders.take(order)
    world.until(lambda: world.place("粤G66666") == "outside")
    world.platform.wait_for("vehicle_left", grant="g-lost")
    assert world.platform.wait_for("command_result", command="o-1")[0]["outcome"] == "done"
    assert world.server.store.card(card.uid).state == "revoked"
    assert world.platform.of_kind("card_collected", card=card.uid, grant="g-lost") == []
    closed(world, "out-1")


def test_near_match_waits_for_the_staff_and_then_gets_its_card(world):
    world.give("g-near", spot="A-02", plates=["粤H80888"])
    act(world, "car_arrives", plate="粤HB0888")
    (read,) = world.platform.wait_for("plate_read", plate="粤HB0888")
    assert (read["match"], read["grant"]) == ("near", "g-near")
    assert world.lot.gates["in-1"].barrier.position == "closed"
    order = {"id": "o-2", "kind": "open_gate", "gate": "in-1", "by": "值班", "reason": "是他", "issued_at": world.now()}
    world.server.orders.take(order)
    world.until(lambda: world.place("粤HB0888") == "inside")
    assert world.platform.wait_for("vehicle_entered", grant="g-near")[0]["plate"] == "粤H80888"
    swipe_and_park(world, "粤HB0888", "c1", "A-02")
    drive_out(world, "粤HB0888")
    closed(world, "out-1")


def test_order_opens_a_lock_and_is_answered(world):
    order = {"id": "o-3", "kind": "unlock", "spot": "A-01", "by": "值班", "reason": "检修", "issued_at": world.now()}
    world.server.orders.take(order)
    world.server.orders.take(order)
    assert world.platform.wait_for("command_result", command="o-3") == [
        {"command": "o-3", "outcome": "done", "detail": "opened"}
    ]
    (result,) = world.platform.wait_for("unlock_result", command="o-3")
    assert (result["spot"], result["outcome"]) == ("A-01", "opened")
    world.server.orders.take({**order, "id": "o-4", "kind": "raise"})
    assert world.platform.wait_for("command_result", command="o-4")[0]["detail"] == "raised"
    assert world.lot.locks["A-01"].position == "raised"
    assert len(world.platform.of_kind("command_result", command="o-3")) == 1


def test_controller_without_power_is_told_and_comes_back(world):
    before = len(world.platform.of_kind("controller_changed", controller="c2", online=True))
    act(world, "power_off", controller="c2")
    world.platform.wait_for("controller_changed", controller="c2", online=False)
    with pytest.raises(drivers.Refused, match="no_power"):
        act(world, "press_emergency", controller="c2")
    act(world, "power_on", controller="c2")
    world.platform.wait_for("controller_changed", count=before + 1, controller="c2", online=True)
