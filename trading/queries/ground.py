"""The city in a few strokes, drawn under the pins where there is no tile server (WGS-84, approximate).

Orientation, not navigation: large roads, the river, greens and the names people know. A city is data: add a tuple.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lots.models.lot import in_language

Point = tuple[float, float]
"""(longitude, latitude), as GeoJSON has it."""


@dataclass(frozen=True, slots=True)
class City:
    """``roads``: rank and points. ``areas``: kind (water, green) and corners. ``places``: names at a point."""

    west: float
    south: float
    east: float
    north: float
    roads: tuple[tuple[str, tuple[Point, ...]], ...]
    areas: tuple[tuple[str, tuple[Point, ...]], ...]
    places: tuple[tuple[str, str, Point], ...]

    def covers(self, latitude: float, longitude: float) -> bool:
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


def _box(west: float, south: float, east: float, north: float) -> tuple[Point, ...]:
    return (west, south), (east, south), (east, north), (west, north)


GUANGZHOU = City(
    *(113.25, 23.07, 113.42, 23.2),
    roads=(
        ("primary", ((113.29, 23.1268), (113.3115, 23.1268), (113.345, 23.1272), (113.385, 23.1255))),
        ("primary", ((113.298, 23.131), (113.312, 23.1325), (113.325, 23.134), (113.34, 23.1362), (113.365, 23.144))),
        ("primary", ((113.3118, 23.09), (113.3115, 23.11), (113.3112, 23.135), (113.312, 23.165))),
        ("primary", ((113.3405, 23.1), (113.3402, 23.1272), (113.352, 23.15), (113.36, 23.17))),
        ("secondary", ((113.3112, 23.1195), (113.345, 23.1198), (113.36, 23.1192))),
        ("secondary", ((113.3112, 23.1418), (113.328, 23.1424), (113.3455, 23.1432))),
        ("secondary", ((113.3112, 23.1148), (113.33, 23.1152), (113.36, 23.1142))),
        ("secondary", ((113.3112, 23.1233), (113.3402, 23.1237))),
        ("secondary", ((113.319, 23.1268), (113.3188, 23.1424), (113.319, 23.155))),
        ("secondary", ((113.3268, 23.1268), (113.3266, 23.1424), (113.327, 23.16))),
        ("minor", ((113.3198, 23.1148), (113.3196, 23.1268))),
        ("minor", ((113.3272, 23.115), (113.327, 23.127))),
        ("minor", ((113.3305, 23.1152), (113.3303, 23.1345))),
        ("minor", ((113.3335, 23.127), (113.3338, 23.143))),
        ("minor", ((113.3382, 23.1272), (113.3386, 23.143))),
        ("minor", ((113.3112, 23.1215), (113.3402, 23.1217))),
        ("minor", ((113.3112, 23.1375), (113.3188, 23.1378))),
        ("minor", ((113.3266, 23.1382), (113.345, 23.1388))),
    ),
    areas=(
        (
            "water",
            (
                *((113.25, 23.1115), (113.29, 23.113), (113.312, 23.1135), (113.335, 23.1138), (113.36, 23.112)),
                *((113.42, 23.104), (113.42, 23.099), (113.36, 23.1075), (113.335, 23.1092), (113.312, 23.1098)),
                *((113.29, 23.109), (113.25, 23.106)),
            ),
        ),
        ("green", _box(113.3215, 23.1158, 113.3255, 23.1262)),
        ("green", _box(113.3345, 23.1203, 113.3395, 23.1262)),
        ("green", _box(113.3198, 23.1345, 113.3258, 23.1398)),
        ("green", ((113.34, 23.152), (113.352, 23.152), (113.356, 23.165), (113.336, 23.166))),
    ),
    places=(
        ("珠江", "Pearl River", (113.3435, 23.1105)),
        ("花城广场", "Huacheng Square", (113.3235, 23.121)),
        ("珠江公园", "Pearl River Park", (113.337, 23.1232)),
        ("天河体育中心", "Tianhe Sports Centre", (113.3228, 23.1371)),
        ("广州塔", "Canton Tower", (113.3245, 23.1062)),
        ("广州东站", "Guangzhou East Station", (113.3255, 23.1505)),
        ("黄埔大道", "Huangpu Avenue", (113.3475, 23.1272)),
    ),
)
CITIES = (GUANGZHOU,)


def ground_at(latitude: float, longitude: float) -> dict[str, Any] | None:
    """GeoJSON for js/map.js around a point, in the active language; None where no city is known."""
    city = next((city for city in CITIES if city.covers(latitude, longitude)), None)
    if city is None:
        return None
    return {"type": "FeatureCollection", "features": list(_features(city))}


def _features(city: City) -> Iterator[dict[str, Any]]:
    for kind, corners in city.areas:
        yield _feature("Polygon", [[*corners, corners[0]]], kind=kind)
    for rank, points in city.roads:
        yield _feature("LineString", points, kind="road", rank=rank)
    for zh, en, point in city.places:
        yield _feature("Point", point, kind="place", name=in_language(zh, en))


def _feature(shape: str, coordinates: Any, **properties: str) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": shape, "coordinates": coordinates}}
