"""The day bar: geometry in percent, words for who does not see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from berth.design.day_bar import KINDS, blocks, spoken
from tests.design.rendering import of_class, render, texts, tree


@dataclass
class Segment:
    start_minute: int
    end_minute: int
    kind: str


IDLE = Segment(510, 1080, "idle")
BOOKED = {"start_minute": 600, "end_minute": 720, "kind": "booked"}
YOURS = Segment(720, 1440, "yours")


def test_blocks_stand_where_their_minutes_are() -> None:
    assert [(b.kind, b.x, b.width) for b in blocks([IDLE, BOOKED, YOURS])] == [
        ("idle", "35.417%", "39.583%"),
        ("booked", "41.667%", "8.333%"),
        ("yours", "50%", "50%"),
    ]


def test_past_is_drawn_over_the_others() -> None:
    assert [block.kind for block in blocks([Segment(0, 60, "past"), IDLE])] == ["idle", "past"]


@given(st.lists(st.tuples(st.integers(-200, 1700), st.integers(-200, 1700), st.sampled_from(sorted(KINDS)))))
def test_blocks_never_leave_the_bar(raw: list[tuple[int, int, str]]) -> None:
    for block in blocks([Segment(*item) for item in raw]):
        x, width = float(block.x[:-1]), float(block.width[:-1])
        assert 0 <= x < 100
        assert 0 < width <= 100.001 - x


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="holiday"):
        blocks([Segment(0, 60, "holiday")])


def test_spoken_names_what_matters_in_order() -> None:
    assert spoken([IDLE, BOOKED, Segment(0, 60, "past")]) == "free 08:30–18:00, booked 10:00–12:00"
    assert spoken([Segment(0, 1440, "closed")]) == "not offered on this day"
    with translation.override("zh-hans"):
        assert spoken([IDLE, BOOKED]) == "空闲 08:30–18:00，已订 10:00–12:00"


def test_tag_draws_blocks_ticks_now_and_wish() -> None:
    bar = tree("{% day_bar segments label='Monday' now_minute=720 wish=wish %}", segments=[IDLE], wish=(540, 660))
    svg = bar[0]
    assert (svg.get("role"), svg.get("aria-label")) == ("img", "Monday: free 08:30–18:00")
    assert texts(svg) == ["free 08:30–18:00", "00", "06", "12", "18", "24"]
    assert of_class(svg, "daybar__now")[0].get("x1") == "50%"
    assert of_class(svg, "seg-wish")[0].get("width") == "8.333%"


def test_small_bar_has_no_axis() -> None:
    bar = tree("{% day_bar segments small=True %}", segments=iter([IDLE]))
    assert bar.get("class") == "daybar daybar--small"
    assert of_class(bar, "daybar__hour") == []


def test_booked_is_hatched_so_that_colour_is_not_alone() -> None:
    assert 'fill="url(#hatch)"' in render("{% day_bar segments %}", segments=[BOOKED])
    assert 'fill="url(#hatch)"' not in render("{% day_bar segments %}", segments=[IDLE, YOURS])


def test_week_has_a_bar_per_day_on_one_axis() -> None:
    days = [{"date": date(2026, 11, 23 + n), "segments": [IDLE] if n < 5 else [], "href": "/d/"} for n in range(7)]
    week = tree("{% week_bars days %}", days=days)
    labels = [" ".join(texts(day)) for day in of_class(week, "weekbars__day")]
    assert labels[0] == "Mon 23 Nov"
    assert len(labels) == 7
    spoken_texts = [svg.get("aria-label") for svg in of_class(week, "daybar__svg") if svg.get("role") == "img"]
    assert spoken_texts == ["Mon: free 08:30–18:00", "Tue: free 08:30–18:00", "Wed: free 08:30–18:00",
                            "Thu: free 08:30–18:00", "Fri: free 08:30–18:00", "Sat: not offered on this day",
                            "Sun: not offered on this day"]  # fmt: skip
    assert [texts(axis) for axis in of_class(week, "weekbars__axis")] == [["00", "06", "12", "18", "24"]]


def test_week_day_may_have_a_label_of_its_own() -> None:
    week = tree("{% week_bars days %}", days=[{"label": "Every Monday", "segments": [IDLE]}])
    assert texts(of_class(week, "weekbars__day")[0]) == ["Every Monday"]


def test_legend_names_the_kinds() -> None:
    assert texts(tree("{% day_legend %}")) == ["free", "booked", "yours", "not offered"]
    assert texts(tree("{% day_legend 'idle' 'past' %}")) == ["free", "past"]
