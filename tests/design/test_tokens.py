"""Contrast of every pair of colours that meet, and tokens as the only literals."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from berth.design.style_sheets import STYLE_SHEETS
from tests.design.style_sheets import CSS, block, colour, contrast, theme, without_comments

TEXT = [
    ("text", "bg"),
    ("text", "surface"),
    ("text", "surface-sunken"),
    ("text", "surface-hover"),
    ("text", "action-soft"),
    ("text", "ok-soft"),
    ("text", "warn-soft"),
    ("text", "bad-soft"),
    ("text-muted", "bg"),
    ("text-muted", "surface"),
    ("text-muted", "surface-sunken"),
    ("text-muted", "map-land"),
    ("action-text", "action"),
    ("action-text", "action-hover"),
    ("action-ink", "bg"),
    ("action-ink", "surface"),
    ("action-ink", "action-soft"),
    ("ok-ink", "surface"),
    ("ok-ink", "bg"),
    ("ok-ink", "ok-soft"),
    ("warn-ink", "surface"),
    ("warn-ink", "bg"),
    ("warn-ink", "warn-soft"),
    ("bad-ink", "surface"),
    ("bad-ink", "bg"),
    ("bad-ink", "bad-soft"),
    ("off-ink", "surface"),
    ("off-ink", "bg"),
    ("off-ink", "off-soft"),
    ("bg", "text"),
    ("pin-text", "pin"),
    ("paint", "floor"),
    ("paint", "floor-deep"),
    ("paint", "plan-free"),
    ("paint", "plan-reserved"),
    ("paint", "plan-fault"),
    ("paint", "plan-mine"),
    ("paint-soft", "floor"),
    ("paint-dim", "floor-deep"),
    ("plate-ink", "paint-yellow"),
    ("plate-ink", "plan-fault-lamp"),
    ("plate-white", "plate-blue"),
    ("plate-ink", "plate-yellow"),
    ("plate-ink", "plate-green-from"),
    ("plate-ink", "plate-green-to"),
    ("plate-ink", "plate-white"),
]
SHAPES = [
    ("ok", "surface"),
    ("warn", "surface"),
    ("bad", "surface"),
    ("off", "surface"),
    ("line-strong", "surface"),
    ("line-strong", "bg"),
    ("focus", "bg"),
    ("focus", "surface"),
    ("bar-idle-edge", "bar-closed"),
    ("bar-idle-edge", "surface"),
    ("bar-booked", "surface"),
    ("bar-yours", "surface"),
    ("plan-free-lamp", "plan-free"),
    ("plan-reserved-lamp", "plan-reserved"),
    ("plan-fault-lamp", "plan-fault"),
    ("plan-car", "floor"),
    ("plan-wall", "floor-deep"),
    ("plan-closed-line", "floor-deep"),
    ("paint-yellow", "floor-lane"),
]
BOOKING_PAGE = [
    ("text", "surface"),
    ("action-text", "action"),
    ("action-ink", "surface"),
    ("paint", "floor"),
    ("paint-soft", "floor"),
    ("ok-ink", "surface"),
    ("warn-ink", "surface"),
    ("bad-ink", "surface"),
    ("text-muted", "surface"),
]
THEMES = pytest.mark.parametrize("name", ["light", "dark"])


def short_of(ratio: float, pairs: list[tuple[str, str]], name: str) -> dict[tuple[str, str], float]:
    tokens = theme(name)
    reached = {pair: contrast(colour(tokens, pair[0]), colour(tokens, pair[1])) for pair in pairs}
    return {pair: round(value, 2) for pair, value in reached.items() if value < ratio}


@THEMES
def test_text_on_its_ground_reaches_aa(name: str) -> None:
    assert short_of(4.5, TEXT, name) == {}


@THEMES
def test_shapes_that_carry_meaning_reach_three_to_one(name: str) -> None:
    assert short_of(3.0, SHAPES, name) == {}


@THEMES
def test_booking_page_reaches_aaa(name: str) -> None:
    assert short_of(7.0, BOOKING_PAGE, name) == {}


def test_contrast_of_black_and_white_is_21() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21.0


def test_dark_is_switched_on_alike_by_choice_and_by_device() -> None:
    assert block(':root[data-theme="dark"]') == block(':root:not([data-theme="light"])')


def _linked() -> list[Path]:
    return [CSS.parents[1] / name for name in STYLE_SHEETS]


def test_every_style_sheet_is_linked_once() -> None:
    assert sorted(_linked()) == sorted(CSS.rglob("*.css"))


def test_components_use_only_tokens_that_exist() -> None:
    known = set(theme("light"))
    for path in _linked():
        text = without_comments(path.read_text(encoding="utf-8"))
        known_here = known | set(re.findall(r"(--[\w-]+):", text)) | {"--tabbar-space"}
        used = set(re.findall(r"var\((--[\w-]+)", text))
        assert used - known_here == set(), path.name


def test_no_colour_is_a_literal_outside_the_tokens() -> None:
    found = {}
    for path in _linked():
        if path.name in {"tokens.css", "print.css"}:
            continue
        text = without_comments(path.read_text(encoding="utf-8"))
        literals = re.findall(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl)a?\([^)]*\)", text)
        if literals:
            found[path.name] = literals
    assert found == {}


def test_touch_target_is_44_px() -> None:
    assert block(":root")["--touch"] == "2.75rem"
