"""Whose spot is whose, and what they offer."""

from __future__ import annotations

from dataclasses import dataclass

WEEKDAYS, WEEKEND, EVERY_DAY = range(5), range(5, 7), range(7)
Windows = tuple[tuple[int, int, int], ...]

RESIDENTS = ("zhang", "chen", "zhou", "yijing")
FIXED_OWNERS = {("yijing", "A-12"): "owner", ("yijing", "B-03"): "owner", ("tianhe", "A-02"): "owner"}
UNLISTED = {("yijing", "A-12"), ("yijing", "A-01"), ("yijing", "A-19"), ("tianhe", "B-11"), ("tianhe", "B-12")}
"""Spots without an offer. A-12 is the one that the owner lists in the demo's story."""


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _week(days: range, start: str, end: str) -> Windows:
    return tuple((day, _clock(start), _clock(end)) for day in days)


ALWAYS = _week(EVERY_DAY, "0:00", "24:00")
OFFICE_HOURS = _week(WEEKDAYS, "8:30", "18:00")
LONG_DAYS = _week(WEEKDAYS, "7:30", "19:30") + _week(WEEKEND, "10:00", "16:00")
EVENINGS = _week(EVERY_DAY, "18:00", "24:00") + _week(EVERY_DAY, "0:00", "8:00")
WEEKENDS_TOO = _week(WEEKDAYS, "9:00", "17:30") + _week(WEEKEND, "8:00", "22:00")
RESIDENT_WEEKS = (OFFICE_HOURS, LONG_DAYS, WEEKENDS_TOO, OFFICE_HOURS, EVENINGS)
NOTES = ("", "", "", "请靠左停，右侧有管道。", "充电请自备线缆。", "雨天地面较滑，请慢行。", "")


@dataclass(frozen=True, slots=True)
class Offer:
    hourly_price_minor: int
    day_cap_minor: int
    windows: Windows
    note: str


def owner_of(lot_code: str, bay: str) -> str:
    """Key of the owner: the company in the public lot, residents in turn elsewhere."""
    if lot_code == "zhujiang":
        return "huacheng"
    return FIXED_OWNERS.get((lot_code, bay)) or RESIDENTS[_number(bay) % len(RESIDENTS)]


def offer_for(lot_code: str, bay: str) -> Offer | None:
    """What is asked for the spot and when it is idle: 4 to 12 yuan an hour, capped at 6 to 7 hours a day."""
    if (lot_code, bay) in UNLISTED:
        return None
    number = _number(bay)
    if lot_code == "zhujiang":
        hourly = 1200 if bay.startswith("A") else 1000
        return Offer(hourly, hourly * 6, ALWAYS, "")
    hourly = (500 if lot_code == "yijing" else 400) + number % 5 * 100
    return Offer(hourly, hourly * 7, RESIDENT_WEEKS[number % len(RESIDENT_WEEKS)], NOTES[number % len(NOTES)])


def _number(bay: str) -> int:
    """A number that spreads the bays over patterns: A-07 → 7, B-07 → 20."""
    letter, digits = bay.split("-")
    return int(digits) + 13 * (ord(letter) - ord("A"))
