from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from lots.domain.pricing import base_price

SHANGHAI, LONDON = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/London")


def price(start, end, hourly=800, cap=None, zone=SHANGHAI):
    return base_price(hourly_price_minor=hourly, day_cap_minor=cap, start=start, end=end, zone=zone)


def amounts(lines):
    return [line.amount_minor for line in lines]


def test_hours_of_one_day():
    start = datetime(2026, 11, 23, 8, 30, tzinfo=SHANGHAI)
    [line] = price(start, start + timedelta(hours=9, minutes=30))
    assert line.kind == "parking"
    assert line.amount_minor == 7600
    assert line.text_zh == "11月23日 周一 08:30–18:00 · 9 小时 30 分钟"
    assert line.text_en == "Mon 23 Nov 08:30–18:00 · 9 h 30 min"


def test_day_cap_is_per_local_day():
    start = datetime(2026, 11, 23, 12, tzinfo=SHANGHAI)
    lines = price(start, start + timedelta(hours=18), cap=5000)
    assert amounts(lines) == [5000, 4800]
    assert [line.kind for line in lines] == ["parking_capped", "parking"]
    assert lines[0].text_en == "Mon 23 Nov 12:00–24:00 · 12 h (day cap reached)"


def test_cap_that_is_just_reached_is_no_cap_line():
    start = datetime(2026, 11, 23, 12, tzinfo=SHANGHAI)
    [line] = price(start, start + timedelta(hours=2), cap=1600)
    assert (line.kind, line.amount_minor) == ("parking", 1600)


def test_started_quarter_hours_count():
    start = datetime(2026, 11, 23, 12, tzinfo=SHANGHAI)
    assert amounts(price(start, start + timedelta(minutes=31))) == [600]
    assert amounts(price(start, start + timedelta(minutes=15), hourly=801)) == [201]


def test_repeated_hour_is_paid_and_skipped_hour_is_not():
    autumn, spring = datetime(2026, 10, 25, tzinfo=LONDON), datetime(2026, 3, 29, tzinfo=LONDON)
    assert amounts(price(autumn, datetime(2026, 10, 25, 4, tzinfo=LONDON), zone=LONDON)) == [5 * 800]
    assert amounts(price(spring, datetime(2026, 3, 29, 4, tzinfo=LONDON), zone=LONDON)) == [3 * 800]


@given(
    st.integers(0, 96 * 40),
    st.integers(2, 96 * 30),
    st.integers(1, 100_000),
    st.none() | st.integers(0, 20),
    st.sampled_from([SHANGHAI, LONDON]),
)
def test_price_is_positive_within_cap_and_a_sum_over_days(offset, steps, hourly, cap_factor, zone):
    start = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=15 * offset)
    cap = None if cap_factor is None else hourly + cap_factor * hourly // 3
    lines = price(start, start + timedelta(minutes=15 * steps), hourly, cap, zone)
    total = sum(amounts(lines))
    assert total > 0
    assert all(0 < amount <= (cap or amount) for amount in amounts(lines))
    assert total <= steps * hourly / 4 + len(lines)
    if cap is None:
        assert total >= steps * hourly / 4
