"""A plate as a camera read it, matched against the plates that are expected (leap 6 of PRODUCT.md).

Exact means automatic. Near means that one expected plate alone could be this one, by characters that cameras mix up:
staff confirm it with one tap. The province character fails first with Chinese plates, so any two provinces are near.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from berth.kernel.plates import PROVINCES

CONFUSABLE = ("0ODQ", "8B", "1I7T", "2Z", "5S", "6G", "UV", "MN", "EF", "CG", "4A")
_GROUPS = {char: {i for i, group in enumerate(CONFUSABLE) if char in group} for char in "".join(CONFUSABLE)}
LIKE_COST = 1
"""Two characters that look alike, or two provinces."""
UNLIKE_COST = 3
MISSING_COST = 3
NEAR_LIMIT = 3
"""Cost up to which a plate may be the expected one: three look-alikes, or one misread or missed character."""
CONFIDENT = 80
"""Camera confidence (0–100) below which even an exact reading waits for staff."""


class Match(StrEnum):
    EXACT = "exact"
    NEAR = "near"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Matched:
    """``key`` is the expected arrival's (a grant's id), None where nothing fits or several fit equally well."""

    match: Match
    key: str | None
    plate: str | None = None


def match(read: str, confidence: int, expected: Mapping[str, Iterable[str]]) -> Matched:
    """``expected``: key → the plates that it may come with. All plates normalised (berth.kernel.plates)."""
    for key, plates in expected.items():
        if read in plates:
            return Matched(Match.EXACT if confidence >= CONFIDENT else Match.NEAR, key, read)
    ranked = sorted((cost(read, plate), key, plate) for key, plates in expected.items() for plate in plates)
    if not ranked or ranked[0][0] > NEAR_LIMIT:
        return Matched(Match.NONE, None)
    best, key, plate = ranked[0]
    if any(other == best and other_key != key for other, other_key, _ in ranked[1:]):
        return Matched(Match.NEAR, None)
    return Matched(Match.NEAR, key, plate)


def cost(read: str, plate: str) -> int:
    """Weighted edit distance: look-alikes are cheap, all else is dear. Symmetric, 0 only for equal plates."""
    row = [column * MISSING_COST for column in range(len(plate) + 1)]
    for i, a in enumerate(read, 1):
        diagonal, row[0] = row[0], i * MISSING_COST
        for j, b in enumerate(plate, 1):
            diagonal, row[j] = row[j], min(diagonal + _unlike(a, b), row[j] + MISSING_COST, row[j - 1] + MISSING_COST)
    return row[-1]


def _unlike(a: str, b: str) -> int:
    if a == b:
        return 0
    if a in PROVINCES and b in PROVINCES:
        return LIKE_COST
    return LIKE_COST if _GROUPS.get(a, set()) & _GROUPS.get(b, set()) else UNLIKE_COST
