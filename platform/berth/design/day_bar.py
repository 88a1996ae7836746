"""Geometry and words of the day bar: 24 hours as one horizontal bar, in percent of its width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from berth.design.reading import read
from berth.design.time_words import clock_text

DAY = 1440
KINDS = {
    "idle": gettext_lazy("free"),
    "booked": gettext_lazy("booked"),
    "yours": gettext_lazy("yours"),
    "past": gettext_lazy("past"),
    "closed": gettext_lazy("not offered"),
}
"""Kind → its word in legend and spoken text."""
SPOKEN = ("idle", "booked", "yours")


@dataclass(frozen=True, slots=True)
class Block:
    """One drawn stretch; ``x`` and ``width`` are SVG percentages."""

    kind: str
    x: str
    width: str
    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    x: str
    label: str
    anchor: str


def percent(minute: float) -> str:
    """Minute of the day as an SVG percentage, without needless zeros."""
    return f"{minute * 100 / DAY:.3f}".rstrip("0").rstrip(".") + "%"


def blocks(segments: Iterable[Any]) -> list[Block]:
    """Drawn stretches of ``segments`` (start_minute, end_minute, kind); past comes last, over the others."""
    drawn = [_block(segment) for segment in segments]
    return sorted((block for block in drawn if block is not None), key=lambda block: block.kind == "past")


def ticks(step_hours: int = 6) -> list[Tick]:
    """Hour marks; the first and last label stay inside the bar."""
    hours = range(0, 25, step_hours)
    anchors = {0: "start", 24: "end"}
    return [Tick(percent(hour * 60), f"{hour:02d}", anchors.get(hour, "middle")) for hour in hours]


def spoken(segments: Sequence[Any]) -> str:
    """What the bar says to who does not see it: 'free 08:30–10:00, booked 10:00–12:00'."""
    said = [block.text for block in map(_block, segments) if block is not None and block.kind in SPOKEN]
    return _(", ").join(said) if said else _("not offered on this day")


def _block(segment: Any) -> Block | None:
    start = max(0, int(read(segment, "start_minute")))
    end = min(DAY, int(read(segment, "end_minute")))
    kind = str(read(segment, "kind"))
    if kind not in KINDS:
        raise ValueError(f"a day bar knows {', '.join(KINDS)}, not {kind!r}")
    if end <= start:
        return None
    text = f"{KINDS[kind]} {clock_text(start)}–{clock_text(end)}"
    return Block(kind, percent(start), percent(end - start), text)
