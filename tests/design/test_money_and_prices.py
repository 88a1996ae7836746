"""Amounts as people read them, and a price with its lines."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from berth.design.money_words import money_text
from berth.kernel.money import Money
from tests.design.rendering import of_class, render, texts, tree


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (1250, "CNY", "¥12.50"),
        (0, "CNY", "¥0.00"),
        (5, "CNY", "¥0.05"),
        (-300, "CNY", "−¥3.00"),
        (123456789, "CNY", "¥1,234,567.89"),
        (1200, "JPY", "JP¥1,200"),
        (1250, "USD", "US$12.50"),
        (1250, "CHF", "CHF 12.50"),
    ],
)
def test_money_text(minor: int, currency: str, text: str) -> None:
    assert money_text(Money(minor, currency)) == text


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_money_text_reads_back_as_the_same_amount(minor: int) -> None:
    text = money_text(Money(minor, "CNY")).replace("¥", "").replace(",", "").replace("−", "-")
    whole, _, part = text.partition(".")
    sign = -1 if whole.startswith("-") else 1
    assert sign * (abs(int(whole)) * 100 + int(part)) == minor


def test_money_tag_takes_minor_units_or_money() -> None:
    assert render('{% money 1250 "CNY" %}') == "¥12.50"
    assert render("{% money amount signed=True %}", amount=Money(500, "CNY")) == "+¥5.00"
    assert render('{{ 1250|money:"CNY" }} {{ amount|money }}', amount=Money(-1, "CNY")) == "¥12.50 −¥0.01"


@dataclass
class Line:
    text_zh: str
    text_en: str
    amount_minor: int


LINES = [Line("车位", "Spot", 1500), Line("优惠", "Coupon", -250)]


def test_price_shows_the_total_first_and_its_lines_behind() -> None:
    price = tree("{% price_lines lines 1250 'CNY' %}", lines=LINES)
    assert price.tag == "details"
    assert "open" not in price.attrib
    assert texts(price[0]) == ["¥12.50", "all in; see how"]
    rows = [texts(row) for row in price.iter("tr")]
    assert rows == [["Spot", "¥15.00"], ["Coupon", "−¥2.50"], ["Total", "¥12.50"]]


def test_price_lines_speak_the_active_language() -> None:
    with translation.override("zh-hans"):
        price = tree("{% price_lines lines 1250 'CNY' unfolded=True %}", lines=LINES)
    assert price.get("open") == ""
    assert [texts(row)[0] for row in price.iter("tr")][:2] == ["车位", "优惠"]


def test_price_line_with_label_and_note() -> None:
    lines = [{"label": "Spot", "amount_minor": 1, "note": "by the quarter hour"}]
    price = tree("{% price_lines lines total %}", lines=lines, total=Money(1, "CNY"))
    assert texts(of_class(price, "price__note")[0]) == ["by the quarter hour"]
