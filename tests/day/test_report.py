"""What a simulated day is told as, and when it counts as explained."""

from __future__ import annotations

from typing import Any, cast

import pytest
from django.core.management import CommandError, call_command

from berth.day.checks import Check
from berth.day.plan import Planned
from berth.day.report import Report
from berth.day.tale import Outcome, Tale


class Place:
    """Where a tale plays, as far as a report asks."""

    code = "yijing"


def tale(outcome: Outcome, story: str = "plain") -> Tale:
    nobody = cast("Any", None)
    told = Tale(Planned(1, story, "yijing", "粤A12345", 0), cast("Any", Place()), nobody, nobody, nobody, nobody)
    told.outcome = outcome
    told.step("stands at the entry")
    return told


def report(tales: list[Tale], *checks: Check) -> Report:
    return Report(7, 60.0, tales, checks, [(3.0, "web is killed")])


def test_day_holds_where_every_story_and_check_does() -> None:
    told = report([tale(Outcome.COMPLETED), tale(Outcome.REFUSED)], Check("books", "2 entries", []))
    assert told.holds
    assert "nothing is unexplained" in told.as_table()
    assert told.as_json()["outcomes"] == {"completed": 1, "refused for a good reason": 1}


def test_unexplained_story_is_told_step_by_step() -> None:
    told = report([tale(Outcome.UNEXPLAINED)])
    assert not told.holds
    assert "UNEXPLAINED plain 粤A12345 at yijing" in told.as_table()
    assert "stands at the entry" in told.as_table()


def test_failed_check_is_told_with_its_faults() -> None:
    told = report([tale(Outcome.COMPLETED)], Check("books", "2 entries", ["CNY: 5 too much"]))
    assert not told.holds
    assert "CNY: 5 too much" in told.as_table()
    assert told.as_json()["checks"][0]["faults"] == ["CNY: 5 too much"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"cars": 0}, "At least one car"),
        ({"speed": -1.0}, "above 0"),
        ({}, "does not answer"),
    ],
)
def test_command_says_what_is_wrong(settings: Any, options: dict[str, Any], says: str) -> None:
    settings.SIMULATOR_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match=says):
        call_command("simulate_day", **options)


def test_command_needs_the_demo(settings: Any) -> None:
    settings.SIMULATOR_URL = ""
    with pytest.raises(CommandError, match="demo only"):
        call_command("simulate_day")
