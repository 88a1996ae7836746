"""Sets of instants as sorted, disjoint, half-open intervals. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

Interval = tuple[datetime, datetime]
"""[start, end), both aware, start < end."""


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Sorted and disjoint; what touches becomes one, what is empty falls out."""
    merged: list[Interval] = []
    for start, end in sorted(pair for pair in intervals if pair[0] < pair[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def clip(intervals: Iterable[Interval], start: datetime, end: datetime) -> list[Interval]:
    """The part that lies in [start, end)."""
    return [(max(a, start), min(b, end)) for a, b in intervals if max(a, start) < min(b, end)]


def subtract(intervals: Sequence[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """``intervals`` without ``taken``; neither needs to be sorted or disjoint."""
    left = merge(intervals)
    for start, end in merge(taken):
        left = [piece for a, b in left for piece in ((a, min(b, start)), (max(a, end), b)) if piece[0] < piece[1]]
    return left
