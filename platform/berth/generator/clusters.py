"""Where the lots are: cities of very different size, dense in the middle. Deterministic from the seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, radians, sqrt

METRES_PER_DEGREE = 111_320
CITIES = (
    ("广州", "Guangzhou", 23.129, 113.264),
    ("上海", "Shanghai", 31.230, 121.474),
    ("北京", "Beijing", 39.904, 116.407),
    ("深圳", "Shenzhen", 22.543, 114.058),
    ("成都", "Chengdu", 30.573, 104.066),
    ("杭州", "Hangzhou", 30.274, 120.155),
    ("武汉", "Wuhan", 30.593, 114.305),
    ("西安", "Xi'an", 34.342, 108.940),
    ("重庆", "Chongqing", 29.563, 106.552),
    ("南京", "Nanjing", 32.060, 118.797),
    ("天津", "Tianjin", 39.085, 117.200),
    ("苏州", "Suzhou", 31.299, 120.585),
    ("长沙", "Changsha", 28.228, 112.939),
    ("郑州", "Zhengzhou", 34.747, 113.625),
    ("青岛", "Qingdao", 36.067, 120.383),
    ("沈阳", "Shenyang", 41.806, 123.432),
    ("昆明", "Kunming", 25.038, 102.718),
    ("厦门", "Xiamen", 24.480, 118.089),
    ("福州", "Fuzhou", 26.075, 119.297),
    ("合肥", "Hefei", 31.821, 117.227),
)
SPOTS_PER_LOT = 33
SIZE_EXPONENT = 0.7
"""City k has a share in proportion to k^-0.7."""


@dataclass(frozen=True, slots=True)
class City:
    """``sigma_m``: how far lots scatter around the middle."""

    name_zh: str
    name_en: str
    latitude: float
    longitude: float
    spots: int
    sigma_m: float


@dataclass(frozen=True, slots=True)
class Site:
    """A lot's place and number of spots."""

    city: City
    latitude: float
    longitude: float
    spots: int


def make_cities(spots: int, dice: random.Random) -> list[City]:
    """More spots, more cities and larger ones: 30 at 10,000 spots, 300 at a million."""
    count = max(1, round(0.3 * sqrt(spots)))
    weights = [(k + 1) ** -SIZE_EXPONENT for k in range(count)]
    cities: list[City] = []
    left = spots
    for k, weight in enumerate(weights):
        size = left if k == count - 1 else min(left, round(spots * weight / sum(weights)))
        left -= size
        zh, en, latitude, longitude = CITIES[k] if k < len(CITIES) else _town(k, dice)
        cities.append(City(zh, en, latitude, longitude, size, 2000 * max(0.3, size / 1000) ** 0.4))
    return [city for city in cities if city.spots]


def _town(number: int, dice: random.Random) -> tuple[str, str, float, float]:
    return f"新城{number}", f"Newtown {number}", dice.uniform(22.5, 40), dice.uniform(104, 121)


def make_sites(cities: list[City], dice: random.Random) -> Iterator[Site]:
    """Lots of 8 to some 120 spots, scattered normally around their city's middle."""
    for city in cities:
        left = city.spots
        while left:
            size = min(left, 8 + int(dice.expovariate(1 / (SPOTS_PER_LOT - 8))))
            left -= size
            north, east = dice.gauss(0, city.sigma_m), dice.gauss(0, city.sigma_m)
            latitude = city.latitude + north / METRES_PER_DEGREE
            longitude = city.longitude + east / (METRES_PER_DEGREE * cos(radians(city.latitude)))
            yield Site(city, round(latitude, 6), round(longitude, 6), size)
