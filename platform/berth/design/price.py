"""A price and the lines that it is the sum of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from django.utils.translation import get_language

from berth.design.money_words import money_text
from berth.design.reading import read
from berth.kernel.money import Money


class PriceLineView(TypedDict):
    label: str
    note: str
    text: str
    minus: bool


class PriceView(TypedDict):
    total: str
    lines: list[PriceLineView]
    unfolded: bool


def price_view(lines: Sequence[Any], total: Money, *, unfolded: bool = False) -> PriceView:
    """Texts of the lines in the active language; amounts in the currency of the total."""
    return {"total": money_text(total), "lines": [_line(line, total.currency) for line in lines], "unfolded": unfolded}


def _line(line: Any, currency: str) -> PriceLineView:
    minor = int(read(line, "amount_minor"))
    return {
        "label": _label(line),
        "note": str(read(line, "note", "") or ""),
        "text": money_text(Money(minor, currency)),
        "minus": minor < 0,
    }


def _label(line: Any) -> str:
    chinese = (get_language() or "").startswith("zh")
    own = read(line, "label", "") or read(line, "text_zh" if chinese else "text_en", "")
    return str(own or read(line, "text_en" if chinese else "text_zh", ""))
