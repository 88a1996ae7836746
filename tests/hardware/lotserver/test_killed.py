"""The shipping program, killed with kill -9 while a car is on its way in, without platform and without broker."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from hardware.lotserver.store import Presence, Store, StoredCard
from hardware.simulator.actions import ACTIONS
from tests.hardware.lotserver.platform_server import Platform
from tests.hardware.lotserver.world import World


class Program:
    """`python -m hardware.lotserver` on a world's configuration; its broker's address refuses connections."""

    def __init__(self, world):
        self.log = (world.directory / "lotserver.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hardware.lotserver", "--config", str(world.directory / "server.json")],
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def end(self, how):
        self.process.send_signal(how)
        code = self.process.wait(20)
        self.log.close()
        return code


@pytest.fixture
def world(tmp_path_factory):
    platform = Platform()
    made = World(tmp_path_factory.mktemp("k"), platform, controllers=("c1",), serve=False)
    try:
        yield made
    finally:
        made.stop()
        platform.stop()


def test_killed_after_the_card_was_handed_out_the_swipe_opens_after_the_restart(world):
    platform, lot = world.platform, world.lot
    platform.give("g-1", spot="A-01", plates=["粤A12345"])
    first = Program(world)
    try:
        world.online("c1")
        lot.gates["in-1"].barrier.silent = True  # it will not open before the kill
        ACTIONS["car_arrives"](lot, {"plate": "粤A12345"})
        world.until(lambda: lot.traffic.cars["粤A12345"].card is not None)
        platform.wait_for("card_issued")
    finally:
        first.end(signal.SIGKILL)
    lot.gates["in-1"].barrier.silent = False
    second = Program(world)
    try:
        world.until(lambda: world.place("粤A12345") == "inside")
        platform.wait_for("controller_changed", count=2, controller="c1", online=True)
        platform.away = True
        ACTIONS["swipe"](lot, {"plate": "粤A12345", "controller": "c1"})
        world.until(lambda: world.place("粤A12345") == "spot:A-01")
        platform.away = False
        platform.wait_for("unlock_result", outcome="opened")
    finally:
        assert second.end(signal.SIGTERM) == 0, "it stops when asked, also while the broker is away"
    kinds = [e["kind"] for e in platform.events if e["payload"].get("grant") == "g-1"]
    assert [k for k in kinds if k not in ("lock_changed", "emergency_raised")] == [
        "plate_read",
        "card_issued",
        "vehicle_entered",
        "swipe_judged",
        "unlock_result",
    ]
    assert [e["sequence"] for e in platform.events] == list(range(1, len(platform.events) + 1))


@pytest.mark.parametrize("where", ["before the card was made", "at the reader", "in the driver's hand"])
def test_claim_that_a_crash_left_is_finished_by_where_the_card_is(world, where):
    """As the disk looks when the lot server died between two steps of an entry."""
    lot, platform = world.lot, world.platform
    platform.give("g-1", spot="A-01", plates=["粤A12345"])
    gate = lot.gates["in-1"]
    store = Store(world.config.store)
    with store.writing() as write:
        write.claim(Presence("g-1", "粤A12345", "", "entering", "in-1"), 1)
        if where != "before the card was made":
            write.card(StoredCard(gate.machine._magazine[0].uid, 1, "issued", "g-1"))
    store.close()
    if where != "before the card was made":
        gate.machine.at_reader = gate.machine._magazine.pop(0)
    if where == "in the driver's hand":
        gate.machine.at_mouth, gate.machine.at_reader = gate.machine.at_reader, None
    world.serve()
    if where == "in the driver's hand":
        platform.wait_for("vehicle_entered", grant="g-1")
        assert gate.take_card().uid == platform.of_kind("card_issued")[0]["card"]
        assert [p.state for p in world.server.store.inside()] == ["inside"]
    else:
        world.until(lambda: world.server.store.inside() == [])
        world.until(lambda: world.server.store.grants_revision == 1)
        ACTIONS["car_arrives"](lot, {"plate": "粤A12345"})
        world.until(lambda: world.place("粤A12345") == "inside")
        assert world.car("粤A12345").card.uid == platform.wait_for("card_issued")[0]["card"]
    assert platform.of_kind("emergency_raised") == []
