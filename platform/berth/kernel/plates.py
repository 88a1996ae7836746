"""Chinese number plates: reading, writing and telling kinds apart. Free of Django: lot servers use it.

Rules: GA 36-2018 (plate kinds and layouts). A civil plate is a province character, a letter for the issuing office
and five characters (blue, yellow) or six (green, new energy). The letters I and O are not used after the province,
except in words that are part of the plate.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SUFFIXES = "挂学警港澳"
_SMALL_NEW_ENERGY = re.compile(rf"[{PROVINCES}][A-HJ-NP-Z][A-HJK][A-HJ-NP-Z0-9][0-9]{{4}}")
_LARGE_NEW_ENERGY = re.compile(rf"[{PROVINCES}][A-HJ-NP-Z][0-9]{{5}}[A-HJK]")
_ORDINARY = re.compile(rf"[{PROVINCES}][A-HJ-NP-Z][A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9{_SUFFIXES}]")


class PlateKind(StrEnum):
    BLUE = "blue"
    """Small vehicles."""
    YELLOW = "yellow"
    """Large vehicles, and the suffixes 挂 (trailer) and 学 (driving school). Not readable from the text alone."""
    GREEN = "green"
    """New energy, eight characters."""
    WHITE = "white"
    """Police."""
    BLACK = "black"
    """Hong Kong and Macao vehicles on the mainland."""


class PlateError(ValueError):
    """Not a plate of a known format. ``reason`` is one of: empty, province, office, length, characters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def normalise(text: str) -> str:
    """Full-width to half-width, upper case, and without spaces, dots and dashes: '粤b·12345' → '粤B12345'."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return re.sub(r"[\s·•・.\-]", "", folded)


def parse(text: str) -> tuple[str, PlateKind]:
    """The normalised plate and the kind that its text implies; raises PlateError with the first thing wrong."""
    plate = normalise(text)
    if _SMALL_NEW_ENERGY.fullmatch(plate) or _LARGE_NEW_ENERGY.fullmatch(plate):
        return plate, PlateKind.GREEN
    if _ORDINARY.fullmatch(plate):
        return plate, _kind_by_suffix(plate[-1])
    raise PlateError(_first_fault(plate))


def display(plate: str) -> str:
    """As painted: with the dot after the second character."""
    return f"{plate[:2]}·{plate[2:]}" if len(plate) > 2 else plate


def _kind_by_suffix(last: str) -> PlateKind:
    return {
        "挂": PlateKind.YELLOW,
        "学": PlateKind.YELLOW,
        "警": PlateKind.WHITE,
        "港": PlateKind.BLACK,
        "澳": PlateKind.BLACK,
    }.get(last, PlateKind.BLUE)


def _first_fault(plate: str) -> str:
    if not plate:
        return "empty"
    if plate[0] not in PROVINCES:
        return "province"
    if len(plate) > 1 and not re.fullmatch("[A-HJ-NP-Z]", plate[1]):
        return "office"
    return "length" if len(plate) not in (7, 8) else "characters"
