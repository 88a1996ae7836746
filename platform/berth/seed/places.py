"""The three lots as data. Names are invented, districts and coordinates (WGS-84) are real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from berth.seed.geometry import BAY_LENGTH, HEIGHT, ROW_TOPS, WALL, Row, bay_left, rectangle, width
from lots.models import Feature, Gate, Lot

INDOORS = Feature.COVERED | Feature.LIT | Feature.CAMERA


@dataclass(frozen=True, slots=True)
class Shape:
    kind: str
    points: list[list[float]]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A lot. ``controllers``: for each, the bays that it is in charge of, by their place in a row."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    address_zh: str
    address_en: str
    entry_zh: str
    entry_en: str
    latitude: float
    longitude: float
    level: int
    level_zh: str
    level_en: str
    rows: Sequence[Row]
    controllers: Sequence[tuple[int, int, int]]
    """(row, first index, count)."""
    features: int
    max_height_cm: int
    manager: str
    """Key of berth.seed.people."""
    extras: Sequence[Shape] = ()
    special: dict[str, int] = field(default_factory=dict)
    """Bay code → further features."""
    gates: dict[str, dict[str, str]] = field(default_factory=dict)
    """Gate code → its camera and barrier, where they are not Hikvision and Modbus."""


def codes(letter: str, first: int, last: int) -> list[str]:
    return [f"{letter}-{number:02d}" for number in range(first, last + 1)]


def _hall(after: int, place: int, label: str, depth: int = 1) -> Shape:
    """A stairwell in the space right of a short row."""
    left = bay_left(after) + 1.5
    return Shape("building", rectangle(left, ROW_TOPS[place] + 0.4, 7.0, depth * BAY_LENGTH - 0.8), label)


ZHUJIANG = Place(
    code="zhujiang",
    kind=Lot.Kind.PUBLIC,
    name_zh="花城广场公共停车场",
    name_en="Huacheng Square Car Park",
    address_zh="广州市天河区珠江新城花城大道 86 号地下一层",
    address_en="B1, 86 Huacheng Avenue, Zhujiang New Town, Tianhe, Guangzhou",
    entry_zh="从花城大道辅路的入口进，识别车牌后自动发卡抬杆。限高 2.2 米。",
    entry_en="Enter from the side road of Huacheng Avenue. The camera reads your plate and you are handed a card. "
    "Height limit 2.2 m.",
    latitude=23.1195,
    longitude=113.3217,
    level=-1,
    level_zh="地下一层",
    level_en="Level B1",
    rows=[
        Row(0, codes("A", 1, 10)),
        Row(1, codes("A", 11, 20)),
        Row(2, codes("B", 1, 10)),
        Row(3, codes("B", 11, 20)),
    ],
    controllers=[(0, 0, 5), (0, 5, 5), (1, 0, 5), (1, 5, 5)],
    features=INDOORS,
    max_height_cm=220,
    manager="huacheng",
    special={
        **dict.fromkeys(codes("B", 1, 4), Feature.EV_CHARGER),
        "A-01": Feature.ACCESSIBLE | Feature.WIDE,
        "A-02": Feature.ACCESSIBLE | Feature.WIDE,
    },
    gates={"in-1": {"camera": Gate.Camera.DAHUA}, "out-1": {"camera": Gate.Camera.DAHUA}},
)
YIJING = Place(
    code="yijing",
    kind=Lot.Kind.RESIDENTIAL,
    name_zh="怡景花园",
    name_en="Yijing Garden",
    address_zh="广州市天河区冼村路 29 号怡景花园地下车库",
    address_en="Underground garage, Yijing Garden, 29 Xiancun Road, Tianhe, Guangzhou",
    entry_zh="从冼村路小区东门进，直行下坡即到车库入口。识别车牌后发卡抬杆，凭卡在集控器上开车位锁。",
    entry_en="Take the east gate on Xiancun Road and go straight down the ramp. The camera reads your plate and you "
    "are handed a card; swipe it at the controller beside your bay.",
    latitude=23.1262,
    longitude=113.3312,
    level=-1,
    level_zh="地下一层",
    level_en="Level B1",
    rows=[
        Row(0, codes("A", 1, 10)),
        Row(1, codes("A", 11, 20)),
        Row(2, codes("B", 1, 6)),
        Row(3, codes("B", 7, 12)),
    ],
    controllers=[(0, 0, 5), (0, 5, 5), (1, 0, 5), (1, 5, 5), (2, 0, 6), (3, 0, 6)],
    features=INDOORS,
    max_height_cm=210,
    manager="yijing",
    extras=[_hall(6, 2, "电梯 Lift"), _hall(6, 3, "机房 Plant")],
    special={**dict.fromkeys(["A-05", "A-06", "B-11", "B-12"], Feature.EV_CHARGER), "A-20": Feature.WIDE},
)
TIANHE = Place(
    code="tianhe",
    kind=Lot.Kind.RESIDENTIAL,
    name_zh="天河北华庭",
    name_en="Tianhe North Court",
    address_zh="广州市天河区天河北路 218 号华庭地面停车场",
    address_en="Outdoor lot, Huating, 218 Tianhe North Road, Tianhe, Guangzhou",
    entry_zh="从天河北路正门进，停车场在右手边。识别车牌后发卡抬杆。",
    entry_en="Enter by the main gate on Tianhe North Road; the lot is on your right. The camera reads your plate.",
    latitude=23.1425,
    longitude=113.3235,
    level=0,
    level_zh="地面",
    level_en="Ground",
    rows=[
        Row(0, codes("A", 1, 6)),
        Row(1, codes("A", 7, 12)),
        Row(2, codes("B", 1, 6)),
        Row(3, codes("B", 7, 12)),
    ],
    controllers=[(0, 0, 6), (1, 0, 6)],
    features=int(Feature.LIT),
    max_height_cm=0,
    manager="yijing",
    extras=[Shape("green", rectangle(WALL + 0.5, HEIGHT + 0.3, width(6) - 2 * WALL - 1, 2.2), "")],
    special={"B-01": Feature.EV_CHARGER, "B-02": Feature.EV_CHARGER, "A-12": Feature.WIDE},
    gates={"in-1": {"camera": Gate.Camera.GENERIC}, "out-1": {"barrier": Gate.Barrier.ISAPI}},
)
PLACES = (ZHUJIANG, YIJING, TIANHE)
