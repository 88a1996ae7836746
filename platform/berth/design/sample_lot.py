"""Geometry for the component catalogue: one level of a lot, and a map without tiles."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _


def sample_plan() -> dict[str, Any]:
    """26 m × 24 m: two rows of bays, one angled row, every state."""
    states = ["taken", "free", "reserved", "free", "taken", "fault", "free", "closed"]
    upper = [_bay(f"A-{n + 1:02d}", 2.5 + 2.6 * n, 1.5, states[n % 8]) for n in range(8)]
    lower = [_bay(f"A-{n + 9:02d}", 2.5 + 2.6 * n, 12.5, states[(n * 3 + 1) % 8]) for n in range(8)]
    lower[3] |= {"mine": True, "state": "reserved", "label": _("your spot")}
    side = [
        {"id": f"B{n}", "code": f"B-{n:02d}", "state": "free" if n % 2 else "taken",
         "points": [[2 + 4 * n, 19], [4 + 4 * n, 19], [6 + 4 * n, 23], [4 + 4 * n, 23]]}
        for n in range(1, 5)
    ]  # fmt: skip
    return {
        "width": 26, "height": 24, "level": -1, "label": _("Level B1"),
        "shapes": [
            {"kind": "lane", "points": [[0.5, 7], [25.5, 7], [25.5, 12], [0.5, 12]]},
            {"kind": "wall", "points": [[0.5, 7], [0.5, 0.5], [25.5, 0.5], [25.5, 23.5], [0.5, 23.5], [0.5, 12]]},
            {"kind": "pillar", "points": [[7.4, 17.6], [8, 17.6], [8, 18.2], [7.4, 18.2]]},
            {"kind": "arrow", "points": [[4, 9.5], [7, 9.5]]},
            {"kind": "arrow", "points": [[17, 9.5], [20, 9.5]]},
            {"kind": "building", "points": [[23.6, 13], [25.2, 13], [25.2, 17], [23.6, 17]]},
        ],
        "bays": [{**bay, "href": f"#{bay['code']}"} for bay in upper + lower + side],
        "controllers": [{"code": "1", "x": 5, "y": 7.2}, {"code": "2", "x": 15.4, "y": 11.8, "state": "fault"}],
        "gates": [{"code": "G1", "x": 2, "y": 9.5, "direction": "entry"},
                  {"code": "G2", "x": 24, "y": 9.5, "direction": "exit"}],
        "walk": [[2, 9.5], [11.6, 10.8], [11.6, 12.3]],
    }  # fmt: skip


def _bay(code: str, x: float, y: float, state: str) -> dict[str, Any]:
    corners = [[x, y], [x + 2.5, y], [x + 2.5, y + 5.2], [x, y + 5.2]]
    return {"id": code, "code": code, "state": state, "points": corners}


def sample_map() -> dict[str, Any]:
    """Zhujiang New Town in a few strokes, as orientation where there is no tile server."""
    return {
        "centre": {"lat": 23.1195, "lng": 113.3245, "label": _("You")},
        "pins": [
            _pin("a", 23.1212, 113.3221, "¥5", _("Yijing Garden, from ¥5")),
            _pin("b", 23.1176, 113.3268, "¥12.50", _("Zhujiang lot, ¥12.50")),
            {**_pin("c", 23.1202, 113.3289, _("full"), _("Tianhe lot, full")), "kind": "full"},
        ],
        "ground": {"type": "FeatureCollection", "features": [
            _line("primary", [[113.316, 23.1188], [113.334, 23.1192]]),
            _line("primary", [[113.3243, 23.112], [113.3247, 23.127]]),
            _line("secondary", [[113.316, 23.1222], [113.334, 23.1226]]),
            _line("minor", [[113.3205, 23.113], [113.3207, 23.126]]),
            _line("minor", [[113.3285, 23.113], [113.3287, 23.126]]),
            _area("water", [[113.314, 23.112], [113.336, 23.1125], [113.336, 23.115], [113.314, 23.1143]]),
            _area("green", [[113.325, 23.1196], [113.328, 23.1197], [113.328, 23.1218], [113.325, 23.1217]]),
            {"type": "Feature", "properties": {"kind": "place", "name": _("Huacheng Square")},
             "geometry": {"type": "Point", "coordinates": [113.3262, 23.1209]}},
        ]},
    }  # fmt: skip


def _pin(name: str, lat: float, lng: float, label: str, title: str) -> dict[str, Any]:
    return {"id": name, "lat": lat, "lng": lng, "label": label, "title": title, "href": "#map"}


def _line(rank: str, points: list[list[float]]) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"kind": "road", "rank": rank},
            "geometry": {"type": "LineString", "coordinates": points}}  # fmt: skip


def _area(kind: str, points: list[list[float]]) -> dict[str, Any]:
    ring = [*points, points[0]]
    return {"type": "Feature", "properties": {"kind": kind}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
