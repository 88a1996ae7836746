"""The lines of each table, in COPY's text format. Ids count from 1 in an empty database; all from one seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from berth.generator.clusters import Site
from berth.generator.loading import NULL
from berth.generator.weeks import PATTERNS, Slot, Week
from lots.models import Feature
from lots.pinyin import pinyin_of

SPOTS_PER_OWNER = 12
BAYS_PER_ROW = 20
PAST_SHARE = 0.5
STEP = timedelta(minutes=15)
_WEIGHTS = [weight for weight, _windows in PATTERNS]
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_STREETS = (
    ("人民路", "Renmin Road"),
    ("解放路", "Jiefang Road"),
    ("中山路", "Zhongshan Road"),
    ("建设路", "Jianshe Road"),
)
_GATES = (("in", "入口", "Entrance", "entry", 0.0003), ("out", "出口", "Exit", "exit", -0.0003))


@dataclass(frozen=True, slots=True)
class Offer:
    """A listed spot: what its bookings and idle time follow from."""

    spot_id: int
    lot_id: int
    pattern: int
    hourly_minor: int
    cap_minor: int | None


def member_lines(count: int) -> Iterator[str]:
    for n in range(1, count + 1):
        yield f"{n}\tgenerated-{n}\t!\t成员{n}"


MEMBER_COLUMNS = ("id", "username", "password", "display_name")


def lot_lines(sites: Sequence[Site]) -> Iterator[str]:
    readings: dict[str, tuple[str, str]] = {}
    for n, site in enumerate(sites, 1):
        street_zh, street_en = _STREETS[n % len(_STREETS)]
        name_zh, name_en = f"{site.city.name_zh}{street_zh}", f"{site.city.name_en} {street_en}"
        if name_zh not in readings:
            whole, initials = pinyin_of(name_zh).split()
            readings[name_zh] = whole, initials
        whole, initials = readings[name_zh]
        kind = "public" if n % 4 == 0 else "residential"
        yield (
            f"{n}\tg{n}\t{kind}\t{name_zh}{n}号\t{name_en} {n}\t{whole}{n}hao {initials}{n}h"
            f"\t{name_zh}{n}号\t{n} {name_en}\t{site.latitude}\t{site.longitude}\tt"
        )


LOT_COLUMNS = (
    *("id", "code", "kind", "name_zh", "name_en", "pinyin"),
    *("address_zh", "address_en", "latitude", "longitude", "published"),
)


def plan_lines(sites: Sequence[Site]) -> Iterator[str]:
    for n, site in enumerate(sites, 1):
        rows = -(-site.spots // BAYS_PER_ROW)
        yield f"{n}\t{n}\t-1\t负一层\tLevel B1\t{BAYS_PER_ROW * 2.6 + 6:.1f}\t{rows * 11 + 4}"


PLAN_COLUMNS = ("id", "lot_id", "level", "name_zh", "name_en", "width", "height")


def gate_lines(sites: Sequence[Site]) -> Iterator[str]:
    for n, site in enumerate(sites, 1):
        for code, zh, en, direction, north in _GATES:
            latitude = round(site.latitude + north, 6)
            yield f"{n}\t{n}\t{code}\t{zh}\t{en}\t{direction}\t{latitude}\t{site.longitude}"


GATE_COLUMNS = ("lot_id", "floor_plan_id", "code", "name_zh", "name_en", "direction", "latitude", "longitude")


def spot_lines(sites: Sequence[Site], owners: int, dice: random.Random) -> Iterator[str]:
    outlines = [_outline(index) for index in range(400)]
    spot_id = 0
    for lot_id, site in enumerate(sites, 1):
        covered = dice.random() < 0.7
        height = dice.choice((200, 210, 220, 240)) if covered else NULL
        basis = int(Feature.COVERED | Feature.LIT | Feature.CAMERA) if covered else 0
        for index in range(site.spots):
            spot_id += 1
            extra = (Feature.EV_CHARGER if dice.random() < 0.15 else 0) | (Feature.ACCESSIBLE if index < 2 else 0)
            owner = 1 + (spot_id * 7919) % owners
            place = f"{spot_id}\t{lot_id}\t{_bay_code(index)}\t{lot_id}\t{outlines[index % 400]}"
            yield f"{place}\t{owner}\t{basis | int(extra)}\t{height}"


SPOT_COLUMNS = ("id", "lot_id", "code", "floor_plan_id", "outline", "owner_id", "features", "max_height_cm")


def _bay_code(index: int) -> str:
    row, place = divmod(index, BAYS_PER_ROW)
    hall, letter = divmod(row, 26)
    return f"{chr(65 + letter)}-{hall or ''}{place + 1:02d}"


def _outline(index: int) -> str:
    left, top = 3 + 2.6 * (index % BAYS_PER_ROW), 2 + 11 * (index // BAYS_PER_ROW)
    return json.dumps([[left, top], [left + 2.5, top], [left + 2.5, top + 5.3], [left, top + 5.3]])


def make_offers(sites: Sequence[Site], dice: random.Random) -> list[Offer]:
    """One per spot; a lot's prices lie around a level of its own."""
    offers: list[Offer] = []
    for lot_id, site in enumerate(sites, 1):
        level = dice.randrange(400, 1600, 50)
        for _ in range(site.spots):
            hourly = level + dice.randrange(0, 400, 50)
            cap = hourly * 6 if dice.random() < 0.4 else None
            pattern = dice.choices(range(len(_WEIGHTS)), _WEIGHTS)[0]
            offers.append(Offer(len(offers) + 1, lot_id, pattern, hourly, cap))
    return offers


def listing_lines(offers: Sequence[Offer], owners: int) -> Iterator[str]:
    for offer in offers:
        owner = 1 + (offer.spot_id * 7919) % owners
        cap = NULL if offer.cap_minor is None else offer.cap_minor
        state = "paused" if offer.spot_id % 25 == 0 else "published"
        yield f"{offer.spot_id}\t{offer.spot_id}\t{owner}\t{state}\t{offer.hourly_minor}\t{cap}"


LISTING_COLUMNS = ("id", "spot_id", "owner_id", "state", "hourly_price_minor", "day_cap_minor")


def window_lines(offers: Sequence[Offer]) -> Iterator[str]:
    endings = [[f"\t{w.weekday}\t{w.start_minute}\t{w.end_minute}" for w in windows] for _weight, windows in PATTERNS]
    for offer in offers:
        for ending in endings[offer.pattern]:
            yield f"{offer.spot_id}{ending}"


WINDOW_COLUMNS = ("listing_id", "weekday", "start_minute", "end_minute")


@dataclass(frozen=True, slots=True)
class Stay:
    """A booking to be: the number, its offer, when, and whether it is over."""

    number: int
    offer: Offer
    start: datetime
    quarters: int
    over: bool


def stays(offers: Sequence[Offer], weeks: Sequence[Week], count: int, dice: random.Random) -> Iterator[Stay]:
    """``count`` bookings, half of them past; two of one spot never share a date's window."""
    number = 0
    for done, offer in enumerate(offers):
        expected = (count - number) / (len(offers) - done)
        here = min(count - number, int(dice.random() * 2 * expected + 0.5))
        week = weeks[offer.pattern]
        ago = int(here * PAST_SHARE + dice.random())
        for slots, wanted, over in ((week.past, ago, True), (week.coming, here - ago, False)):
            for slot in _some(slots, wanted, dice):
                number += 1
                quarters = min(slot.quarters, dice.randrange(2, 33))
                later = dice.randrange(slot.quarters - quarters + 1)
                yield Stay(number, offer, slot.begins + later * STEP, quarters, over)


def _some(slots: Sequence[Slot], wanted: int, dice: random.Random) -> Iterator[Slot]:
    """Different ones: a walk in equal steps from a random one."""
    wanted = min(wanted, len(slots))
    if wanted:
        first, step = dice.randrange(len(slots)), len(slots) // wanted
        for n in range(wanted):
            yield slots[(first + n * step) % len(slots)]


def identity(stay: Stay, kind: int) -> str:
    """A UUID of version 7 that follows from the booking's number."""
    milliseconds = int(stay.start.timestamp() * 1000)
    return f"{milliseconds:012x}7{kind:03x}8{stay.number & 0xFFF:03x}{stay.number:012x}"


def occupancy_line(stay: Stay) -> str:
    end = stay.start + stay.quarters * STEP
    state, released = ("released", end.isoformat()) if stay.over else ("live", NULL)
    period = f"[{stay.start.isoformat()},{end.isoformat()})"
    return f"{identity(stay, 1)}\t{stay.offer.spot_id}\t{period}\tbooking\t{state}\t{released}"


OCCUPANCY_COLUMNS = ("id", "spot_id", "period", "kind", "state", "released_at")


def booking_line(stay: Stay, members: int) -> str:
    offer, end = stay.offer, stay.start + stay.quarters * STEP
    amount = -(-stay.quarters * offer.hourly_minor // 4)
    if offer.cap_minor is not None:
        amount = min(amount, offer.cap_minor)
    state = "completed" if stay.over else "confirmed"
    when, until = stay.start.isoformat(), end.isoformat()
    lines = f'[{{"kind":"parking","text_zh":"停车","text_en":"Parking","amount_minor":{amount}}}]'
    renter = 1 + stay.number * 104_729 % members
    ended = until if stay.over else NULL
    return (
        f"{identity(stay, 2)}\t{_reference(stay.number)}\t{renter}\t{offer.lot_id}\t{offer.spot_id}\t{offer.spot_id}"
        f"\t{identity(stay, 1)}\t{when}\t{until}\t{state}\t{lines}\t{amount}\tCNY\t{when}\t{ended}"
    )


BOOKING_COLUMNS = (
    *("id", "reference", "renter_id", "lot_id", "spot_id", "listing_id"),
    *("occupancy_id", "start", "end", "state", "quote_lines", "amount_minor", "currency", "confirmed_at", "ended_at"),
)


def _reference(number: int) -> str:
    letters = []
    for _ in range(8):
        number, rest = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)
