"""A lot server that died when a stay had ended and the barrier had not yet opened: the car is let out all the same."""

from __future__ import annotations

import time

import pytest

from hardware.gates.reading import Reading
from hardware.lotserver.store import Store, StoredCard
from hardware.simulator.actions import ACTIONS
from hardware.simulator.cars import Card
from tests.hardware.lotserver.platform_server import Platform
from tests.hardware.lotserver.world import World

PLATE = "粤A12345"
SEEN = Reading("E-1", PLATE, 97)


@pytest.fixture
def world(tmp_path_factory):
    platform = Platform()
    made = World(tmp_path_factory.mktemp("x"), platform, controllers=(), serve=False)
    try:
        yield made
    finally:
        made.stop()
        platform.stop()


def stand_at_the_exit(world, *, card_in_machine):
    """The driver has come to the exit and given the card; the lot server is not there."""
    car = world.lot.traffic.get_or_make(PLATE)
    car.place = "inside"
    ACTIONS["car_leaves"](world.lot, {"plate": PLATE})
    if card_in_machine:
        world.lot.gates["out-1"].machine.at_reader = Card("04A1B2C3D4E5F6")


def leave_on_disk(world, *, note):
    """What is on the disk once the stay has ended; ``note`` tells whether the barrier had opened as well."""
    store = Store(world.config.store)
    with store.writing() as write:
        write.card(StoredCard("04A1B2C3D4E5F6", 1, "returned", "g-1"))
        write.first_time("camera:out-1", SEEN.event, time.time(), PLATE)
        write.reading("out-1", SEEN, time.time())
        write.first_time("left:out-1", SEEN.event, time.time(), note)
    store.close()


@pytest.mark.parametrize("card_in_machine", [True, False])
def test_car_whose_stay_has_ended_is_let_out_after_the_restart(world, card_in_machine):
    stand_at_the_exit(world, card_in_machine=card_in_machine)
    leave_on_disk(world, note="")
    world.serve()
    world.until(lambda: world.place(PLATE) == "outside")
    world.until(lambda: world.lot.gates["out-1"].barrier.position == "closed")
    assert len(world.lot.gates["out-1"].machine.bin) == card_in_machine
    assert world.platform.of_kind("vehicle_left") == []
    assert world.platform.of_kind("emergency_raised") == []


def test_barrier_that_has_opened_for_it_does_not_open_again(world):
    leave_on_disk(world, note="opened")
    world.serve()
    world.until(lambda: world.server.store.readings("out-1") == [])
    assert world.platform.wait_for("plate_read", match="none") != []
    assert world.lot.gates["out-1"].barrier.position == "closed"
