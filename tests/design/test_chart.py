"""Charts: round scales with the zero line in sight, and the same numbers as a table."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.design.chart import TOP, build, value_text
from tests.design.rendering import of_class, texts, tree

WEEK = [{"label": str(day), "value": value} for day, value in enumerate([1250, 0, 2400])]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0, 60], ["0%", "20%", "40%", "60%"]),
        ([3], ["0%", "1%", "2%", "3%"]),
        ([], ["0%", "1%"]),
        ([0, 0], ["0%", "1%"]),
        ([-35, 90], ["−50%", "0%", "50%", "100%"]),
        ([-3, -1], ["−3%", "−2%", "−1%", "0%"]),
    ],
)
def test_axis_has_round_steps(values: list[int], labels: list[str]) -> None:
    chart = build([{"label": "x", "value": value} for value in values], unit="%")
    assert [line.label for line in chart.grid] == labels
    assert [line.label for line in chart.grid if line.zero] == ["0%"]


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=40))
def test_marks_stay_within_the_plot(values: list[int]) -> None:
    chart = build([{"label": "x", "value": value} for value in values], height=100)
    for mark in chart.marks:
        assert TOP - 0.01 <= float(mark.y) <= TOP + 100.01
        assert 0 <= float(mark.height) <= 100.01
    gaps = [float(a.y) - float(b.y) for a, b in pairwise(chart.grid)]
    assert 1 <= len(gaps) <= 7
    assert max(gaps) - min(gaps) < 0.05


def test_money_on_the_axis_has_no_minor_digits_but_marks_have() -> None:
    chart = build(WEEK, currency="CNY")
    assert [line.label for line in chart.grid] == ["¥0", "¥10", "¥20", "¥30"]
    assert [mark.text for mark in chart.marks] == ["¥12.50", "¥0.00", "¥24.00"]


def test_value_text() -> None:
    assert [value_text(12.5, "%"), value_text(-1200, "km"), value_text(3)] == ["12.5%", "−1,200 km", "3"]


def test_long_series_writes_only_some_labels() -> None:
    chart = build([{"label": str(n), "value": n} for n in range(30)])
    assert [mark.label for mark in chart.marks if mark.labelled] == ["0", "4", "8", "12", "16", "20", "24", "28"]
    assert chart.with_values is False


def test_bar_chart_is_a_picture_with_its_table() -> None:
    figure = tree("{% bar_chart data 'Earned' currency='CNY' %}", data=WEEK)
    assert texts(figure[0]) == ["Earned"]
    assert of_class(figure, "chart__frame")[0].get("aria-hidden") == "true"
    bars = [(bar.get("x"), bar.get("width")) for bar in of_class(figure, "chart__bar")]
    assert bars == [("6%", "21.33%"), ("39.33%", "21.33%"), ("72.67%", "21.33%")]
    rows = [texts(row) for row in figure.iter("tr")]
    assert rows == [["0", "¥12.50"], ["1", "¥0.00"], ["2", "¥24.00"]]


def test_negative_bars_hang_from_the_zero_line() -> None:
    figure = tree("{% bar_chart data 'Balance' %}", data=[{"label": "a", "value": -2}, {"label": "b", "value": 2}])
    down, up = of_class(figure, "chart__bar")
    zero = float(of_class(figure, "chart__zero")[0].get("y1", ""))
    assert "chart__bar--minus" in down.get("class", "")
    assert float(down.get("y", "")) == zero
    assert float(up.get("y", "")) + float(up.get("height", "")) == zero


def test_line_chart_has_one_dot_per_datum() -> None:
    figure = tree("{% bar_chart data 'Use' unit='%' kind='line' %}", data=WEEK)
    assert len(of_class(figure, "chart__dot")) == 3
    line = of_class(figure, "chart__line")[0]
    assert (len(line.get("points", "").split()), line.get("vector-effect")) == (3, "non-scaling-stroke")
