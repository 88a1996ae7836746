"""Times as people say them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import translation

from berth.design.time_words import clock_text, duration_words, moment_words, range_words
from tests.design.rendering import render

CHINA = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=CHINA)
"""A Wednesday."""


def at(day: int, hour: int, minute: int = 0, *, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=CHINA).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "english", "chinese"),
    [
        (at(25, 14, 30), "today 14:30", "今天 14:30"),
        (at(26, 0), "tomorrow 00:00", "明天 00:00"),
        (at(24, 23, 59), "yesterday 23:59", "昨天 23:59"),
        (at(27, 8, 5), "Fri 27 Nov 08:05", "11月27日 周五 08:05"),
        (at(3, 9, month=1, year=2027), "3 Jan 2027 09:00", "2027年1月3日 09:00"),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_moment_words(moment: datetime, english: str, chinese: str) -> None:
    assert moment_words(moment) == english
    with translation.override("zh-hans"):
        assert moment_words(moment) == chinese


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (at(25, 14, 30), at(25, 17), "today 14:30–17:00"),
        (at(25, 22), at(26, 6), "today 22:00 – tomorrow 06:00"),
        (at(25, 22), at(26, 0), "today 22:00–24:00"),
        (at(27, 8), at(29, 9), "Fri 27 Nov 08:00 – Sun 29 Nov 09:00"),
        (at(27, 8), at(28, 0, 0), "Fri 27 Nov 08:00–24:00"),
        (at(27, 0), at(29, 0), "Fri 27 Nov 00:00 – Sun 29 Nov 00:00"),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_range_words(start: datetime, end: datetime, words: str) -> None:
    assert range_words(start, end) == words


@time_machine.travel(NOW, tick=False)
def test_zone_is_named_only_where_it_differs() -> None:
    moment = at(25, 20)
    assert moment_words(moment, "Asia/Taipei") == "today 20:00"
    assert moment_words(moment, "Europe/Berlin") == "today 13:00 (local time there)"
    with translation.override("zh-hans"):
        assert moment_words(moment, ZoneInfo("Europe/Berlin")) == "今天 13:00（当地时间）"


@time_machine.travel(at(25, 23, 30), tick=False)
def test_today_is_the_lots_day_not_utc() -> None:
    assert moment_words(at(26, 0, 30)) == "tomorrow 00:30"


@time_machine.travel(NOW, tick=False)
def test_tags_carry_the_machine_readable_instant() -> None:
    tag = render("{% time_range start end %}", start=at(25, 14, 30), end=at(25, 17))
    assert tag == '<time datetime="2026-11-25T14:30+08:00"><span class="keep">today 14:30–17:00</span></time>'
    moment = render("{% local_time m %}", m=at(25, 9))
    assert moment == '<time datetime="2026-11-25T09:00+08:00"><span class="keep">today 09:00</span></time>'


@time_machine.travel(NOW, tick=False)
def test_long_period_breaks_only_between_its_ends() -> None:
    tag = render("{% time_range start end %}", start=at(25, 22), end=at(26, 6))
    assert tag.endswith('><span class="keep">today 22:00</span> – <span class="keep">tomorrow 06:00</span></time>')


@pytest.mark.parametrize(
    ("minutes", "english", "chinese"),
    [
        (90, "1 h 30 min", "1 小时 30 分钟"),
        (15, "15 min", "15 分钟"),
        (0, "0 min", "0 分钟"),
        (-5, "0 min", "0 分钟"),
        (1440, "1 d", "1 天"),
        (3060, "2 d 3 h", "2 天 3 小时"),
    ],
)
def test_duration(minutes: int, english: str, chinese: str) -> None:
    assert duration_words(minutes) == english
    with translation.override("zh-hans"):
        assert render("{{ n|duration }}", n=minutes) == chinese


def test_clock_text_ends_the_day_at_24() -> None:
    assert [clock_text(minute) for minute in (0, 65, 1439, 1440)] == ["00:00", "01:05", "23:59", "24:00"]


def test_codes_do_not_break_at_their_dash() -> None:
    assert render("{{ text|codes }}", text="left of A-10 <b>, 14:30–17:00") == (
        'left of <span class="keep">A-10</span> &lt;b&gt;, <span class="keep">14:30–17:00</span>'
    )
