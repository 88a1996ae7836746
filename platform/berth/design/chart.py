"""Bars and lines drawn by the server. Horizontal positions are percentages, so that text never stretches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

from berth.design.money_words import as_money, money_text
from berth.design.reading import read

TOP = 16
"""Room above the plot for a value, in px."""
LABELS = 8
"""More labels than this do not fit a phone; then only each second, third … is written."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One datum. ``x``/``width``/``middle`` are percentages, ``y``/``height`` px."""

    label: str
    value: float
    text: str
    x: str
    width: str
    middle: str
    y: str
    height: str
    value_y: str
    labelled: bool


@dataclass(frozen=True, slots=True)
class GridLine:
    y: str
    label: str
    zero: bool


@dataclass(frozen=True, slots=True)
class Chart:
    marks: list[Mark]
    grid: list[GridLine]
    line: str
    """Points of the line, in a box of 100 × ``height``."""
    area: str
    height: int
    total_height: int
    with_values: bool


def build(data: Sequence[Any], *, unit: str = "", currency: str = "", height: int = 160) -> Chart:
    """``data``: label and value (minor units where ``currency`` is given). The zero line is always in sight."""
    values = [float(read(datum, "value") or 0) for datum in data]
    low, high, step = _scale(min([0.0, *values]), max([0.0, *values]), 100.0 if currency else 1.0)
    slot = 100 / max(len(values), 1)
    every = ceil(len(values) / LABELS) if len(values) > LABELS else 1

    def at(value: float) -> float:
        return TOP + (high - value) / (high - low) * height

    marks = [
        _mark(index, str(read(datum, "label")), value, slot, at, value_text(value, unit, currency), index % every == 0)
        for index, (datum, value) in enumerate(zip(data, values, strict=True))
    ]
    lines = [low + step * i for i in range(round((high - low) / step) + 1)]
    line = " ".join(f"{_n((i + 0.5) * slot)},{_n(at(value))}" for i, value in enumerate(values))
    return Chart(
        marks=marks,
        grid=[GridLine(_n(at(v)), value_text(v, unit, currency, short=True), abs(v) < step / 2) for v in lines],
        line=line,
        area=f"{_n(slot / 2)},{_n(at(0))} {line} {_n(100 - slot / 2)},{_n(at(0))}" if line else "",
        height=height,
        total_height=TOP + height + 24,
        with_values=len(values) <= LABELS,
    )


def value_text(value: float, unit: str = "", currency: str = "", *, short: bool = False) -> str:
    """The number with its unit; ``short`` (on the axis) leaves out the minor digits of money."""
    if currency:
        text = money_text(as_money(round(value), currency))
        return text.rsplit(".", 1)[0] if short else text
    number = f"{value:,.1f}".removesuffix(".0").replace("-", "\u2212")
    return f"{number}{unit}" if unit == "%" or not unit else f"{number} {unit}"


def _mark(index: int, label: str, value: float, slot: float, at: Any, text: str, labelled: bool) -> Mark:
    top, bottom = sorted((at(value), at(0)))
    return Mark(
        label=label,
        value=value,
        text=text,
        x=f"{_n(index * slot + slot * 0.18)}%",
        width=f"{_n(slot * 0.64)}%",
        middle=f"{_n((index + 0.5) * slot)}%",
        y=_n(top),
        height=_n(bottom - top),
        value_y=_n(bottom + 14 if value < 0 else top - 5),
        labelled=labelled,
    )


def _scale(low: float, high: float, least: float) -> tuple[float, float, float]:
    """Round bounds and a step of 1, 2 or 5 × 10ⁿ (never below ``least``) that gives 3 to 6 lines."""
    span = max(high - low, least)
    rough = span / 4
    power = 10 ** floor(log10(rough))
    step = max(least, next(m * power for m in (1, 2, 5, 10) if m * power >= rough))
    bottom, top = floor(low / step) * step, ceil(high / step) * step
    return bottom, max(top, bottom + step), step


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
