"""What chance decides of a simulated day: from one seed, every story, plates that no camera takes for each other."""

from __future__ import annotations

from itertools import combinations

import pytest

from berth.day.plan import CALM, CARS_PER_MEMBER, TROUBLE, make_plan, misread
from berth.day.stories import STORIES
from hardware.gates.matching import Match, match
from members.domain.vehicles import MAX_VEHICLES

LOTS = ("tianhe", "yijing", "zhujiang")


def test_every_story_that_can_be_drawn_can_be_told() -> None:
    assert {*CALM, *TROUBLE} == set(STORIES)


def test_same_seed_same_day() -> None:
    plan = make_plan(lots=LOTS, cars=60, faults=True, seed=7)
    assert make_plan(lots=LOTS, cars=60, faults=True, seed=7) == plan
    assert make_plan(lots=LOTS, cars=60, faults=True, seed=8) != plan


@pytest.mark.parametrize(("faults", "stories"), [(True, {*CALM, *TROUBLE}), (False, set(CALM))])
def test_each_story_is_told_and_lots_take_turns(faults: bool, stories: set[str]) -> None:
    plan = make_plan(lots=LOTS, cars=60, faults=faults, seed=7)
    assert {planned.story for planned in plan} == stories
    assert [sum(planned.lot == lot for planned in plan) for lot in LOTS] == [20, 20, 20]


def test_few_cars_are_few() -> None:
    assert len(make_plan(lots=LOTS, cars=1, faults=True, seed=7)) == 1


def test_members_have_room_for_their_cars() -> None:
    plan = make_plan(lots=LOTS, cars=200, faults=True, seed=7)
    cars = [sum(planned.member == member for planned in plan) for member in {planned.member for planned in plan}]
    assert max(cars) <= CARS_PER_MEMBER < MAX_VEHICLES


def test_no_plate_is_near_another_and_each_can_be_misread() -> None:
    plates = [planned.plate for planned in make_plan(lots=LOTS, cars=100, faults=True, seed=7)]
    assert all(match(a, 99, {"b": [b]}).match is Match.NONE for a, b in combinations(plates, 2))
    expected = {plate: [plate] for plate in plates}
    assert [match(misread(plate), 99, expected).key for plate in plates] == plates
