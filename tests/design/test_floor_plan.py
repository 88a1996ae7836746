"""The floor plan: geometry in metres, state by mark and word as well as colour."""

from __future__ import annotations

from typing import Any

import pytest

from berth.design.floor_plan import STATES, bay, shape
from tests.design.rendering import of_class, render, texts, tree

UPRIGHT = [[0, 0], [2.5, 0], [2.5, 5], [0, 5]]
LYING = [[0, 0], [5, 0], [5, 2.5], [0, 2.5]]


def plan(**changes: Any) -> dict[str, Any]:
    return {"width": 20, "height": 10.5, "label": "Level B1", "shapes": [], "bays": [], **changes}


def a_bay(code: str, **changes: Any) -> dict[str, Any]:
    return {"id": code, "code": code, "points": UPRIGHT, "state": "free", **changes}


def test_code_and_mark_stand_along_the_long_side() -> None:
    upright, lying = bay(a_bay("A-12")), bay(a_bay("A-12", points=LYING))
    assert (upright.mark_x, upright.mark_y, upright.code_x, upright.code_y) == ("1.25", "1.85", "1.25", "4.2")
    assert (lying.mark_x, lying.mark_y, lying.code_x, lying.code_y) == ("1.85", "1.25", "4.2", "1.25")
    assert (upright.angle, lying.angle) == ("90", "0")


def test_direction_of_the_corners_does_not_matter() -> None:
    assert bay(a_bay("A-1", points=UPRIGHT[::-1])).code_y == bay(a_bay("A-1")).code_y


def test_long_codes_are_written_smaller() -> None:
    sizes = [float(bay(a_bay(code)).code_size) for code in ("A-1", "A-12", "B2-118")]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[2]


def test_degenerate_outline_is_drawn_without_an_error() -> None:
    assert bay(a_bay("A-1", points=[[1, 1], [1, 1]])).points == "1,1 1,1"


def test_unknown_state_and_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="flooded"):
        bay(a_bay("A-1", state="flooded"))
    with pytest.raises(ValueError, match="ramp"):
        shape({"kind": "ramp", "points": UPRIGHT})


def test_every_state_differs_in_more_than_colour() -> None:
    marks = {}
    for state in STATES:
        drawn = tree("{% floor_plan plan legend=False %}", plan=plan(bays=[a_bay("A-1", state=state)]))
        group = next(node for node in drawn.iter("g") if node.get("data-bay") == "A-1")
        marks[state] = [
            (n.tag, n.get("class"), n.get("d")) for n in group.iter() if n.tag in {"path", "circle", "rect"}
        ]
    assert len({str(mark) for mark in marks.values()}) == len(STATES)
    assert marks["closed"] == [], "its line is dashed instead"


def test_accessible_name_says_code_and_state() -> None:
    assert bay(a_bay("A-1", state="fault")).spoken == "A-1, out of order"
    assert bay(a_bay("A-1", label="lock jammed", state="fault")).spoken == "A-1, lock jammed"
    assert bay(a_bay("A-1", mine=True)).spoken == "A-1, yours"


def test_plan_without_links_is_one_image() -> None:
    svg = next(tree("{% floor_plan plan %}", plan=plan(bays=[a_bay("A-1")])).iter("svg"))
    assert (svg.get("viewBox"), svg.get("role"), svg.get("aria-label")) == ("0 0 20 10.5", "img", "Level B1")
    assert (svg.get("width"), svg.get("height")) == ("240", "126")


def test_plan_with_links_lets_each_bay_be_reached() -> None:
    drawn = tree("{% floor_plan plan %}", plan=plan(bays=[a_bay("A-1", href="/a1/"), a_bay("A-2")]))
    svg = next(drawn.iter("svg"))
    assert svg.get("role") is None
    assert [(a.get("href"), a.get("aria-label")) for a in svg.iter("a")] == [("/a1/", "A-1, free")]


def test_bays_of_the_dashboard_load_into_their_place() -> None:
    html = render("{% floor_plan plan %}", plan=plan(bays=[a_bay("A-1", href="/a1/")], hx_target="#drawer"))
    assert 'href="/a1/" aria-label="A-1, free" hx-get="/a1/" hx-target="#drawer"' in html


def test_own_bay_is_marked_whatever_its_state() -> None:
    drawn = tree("{% floor_plan plan %}", plan=plan(bays=[a_bay("A-1", state="taken", mine=True), a_bay("A-2")]))
    own = [node.get("data-bay") for node in drawn.iter("g") if "data-mine" in node.attrib]
    assert own == ["A-1"]
    assert texts(of_class(drawn, "legend")[0]) == ["yours", "free"]


def test_shapes_gates_controllers_and_walk() -> None:
    drawn = tree(
        "{% floor_plan plan %}",
        plan=plan(
            shapes=[
                {"kind": "lane", "points": [[0, 4], [20, 4], [20, 6], [0, 6]]},
                {"kind": "arrow", "points": [[1, 5], [4, 5]]},
                {"kind": "building", "points": UPRIGHT, "label": "Lift"},
            ],
            gates=[
                {"code": "G1", "x": 1, "y": 5, "direction": "entry"},
                {"code": "G2", "x": 19.5, "y": 5, "direction": "exit", "label": "East exit"},
            ],
            controllers=[{"code": "2", "x": 3.25, "y": 4, "state": "fault"}],
            walk=[[1, 5], [3, 5], [3, 4.5]],
        ),
    )
    assert [node.tag for node in of_class(drawn, "plan__lane")] == ["polygon"]
    assert [node.get("points") for node in of_class(drawn, "plan__arrow")] == ["1,5 4,5", "3.21,5.43 4,5 3.21,4.57"]
    assert texts(of_class(drawn, "plan__text")[0]) == ["Lift"]
    assert [texts(gate) for gate in of_class(drawn, "plan__gate")] == [["G1", "IN"], ["East exit", "OUT"]]
    controller = of_class(drawn, "plan__controller--fault")[0]
    assert (controller.get("transform"), texts(controller)) == ("translate(3.25 4)", ["Controller 2", "2"])
    assert of_class(drawn, "plan__walk")[0].get("points") == "1,5 3,5 3,4.5"
    assert of_class(drawn, "plan__walk-end")[0].get("cy") == "4.5"


def test_text_of_a_lot_cannot_break_out() -> None:
    hostile = plan(bays=[a_bay('"><script>', label="<b>")], label='"><script>')
    assert "<script>" not in render("{% floor_plan plan %}", plan=hostile)
