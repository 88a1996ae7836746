"""What a spot costs before fees: started quarter hours per local day, capped per day. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from lots.domain.intervals import Interval
from lots.domain.schedule import day_bounds

STEP = timedelta(minutes=15)
_WEEKDAYS_ZH = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a price. ``kind``: parking, or parking_capped where the day cap was lower."""

    kind: str
    text_zh: str
    text_en: str
    amount_minor: int


def base_price(
    *, hourly_price_minor: int, day_cap_minor: int | None, start: datetime, end: datetime, zone: tzinfo
) -> list[PriceLine]:
    """A line per local day that [start, end) touches, in order; minor units of the listing's currency.

    A day costs its started 15-minute steps × a quarter of the hourly price, rounded up to a whole minor unit, and never
    more than the cap. Elapsed time counts, so the hour that a clock change repeats is paid and the skipped one is not.
    """
    # Two times of one zone are compared by the wall clock in Python: count in UTC.
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    return [_line(piece, hourly_price_minor, day_cap_minor, zone) for piece in _by_day(start, end, zone)]


def _by_day(start: datetime, end: datetime, zone: tzinfo) -> Iterator[Interval]:
    while start < end:
        midnight = day_bounds(zone, start.astimezone(zone).date())[1]
        yield start, min(end, midnight)
        start = midnight


def _line(piece: Interval, hourly_price_minor: int, day_cap_minor: int | None, zone: tzinfo) -> PriceLine:
    steps = -(-(piece[1] - piece[0]) // STEP)
    amount = -(-steps * hourly_price_minor // 4)
    capped = day_cap_minor is not None and amount > day_cap_minor
    if day_cap_minor is not None and capped:
        amount = day_cap_minor
    day = piece[0].astimezone(zone)
    times = f"{day:%H:%M}–{_clock(piece[1], day, zone)}"
    hours, minutes = divmod(steps * 15, 60)
    date_zh = f"{day.month}月{day.day}日 周{_WEEKDAYS_ZH[day.weekday()]}"
    return PriceLine(
        kind="parking_capped" if capped else "parking",
        text_zh=f"{date_zh} {times} · {_duration(hours, minutes, '小时', '分钟')}"
        + ("(已达每日封顶)" if capped else ""),
        text_en=f"{day:%a} {day.day} {day:%b} {times} · {_duration(hours, minutes, 'h', 'min')}"
        + (" (day cap reached)" if capped else ""),
        amount_minor=amount,
    )


def _clock(moment: datetime, day: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    return "24:00" if local.date() > day.date() else f"{local:%H:%M}"


def _duration(hours: int, minutes: int, hour_word: str, minute_word: str) -> str:
    parts = [f"{hours} {hour_word}"] if hours else []
    return " ".join([*parts, f"{minutes} {minute_word}"] if minutes else parts)
