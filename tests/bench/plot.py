"""A line chart as SVG: sizes on a logarithmic axis, milliseconds from zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import log10

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 380, 64, 190, 44, 52
COLOURS = ("#1757d6", "#0b7a4b", "#7a7f87", "#b3261e")
STYLE = "font-family:system-ui,sans-serif;font-size:13px"


def chart(title: str, series: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """``series``: name → (spots, ms) in ascending order of spots."""
    sizes = sorted({size for points in series.values() for size, _ms in points})
    highest = _round_up(max(ms for points in series.values() for _size, ms in points))
    span = max(1e-9, log10(sizes[-1]) - log10(sizes[0]))

    def x(size: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (log10(size) - log10(sizes[0])) / span

    def y(ms: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * ms / highest

    parts = [f'<text x="{LEFT}" y="24" font-weight="600">{escape(title)}</text>']
    for n in range(6):
        ms = highest * n / 5
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(ms):.1f}" y2="{y(ms):.1f}" stroke="#d5d8dc"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(ms) + 4:.1f}" text-anchor="end">{ms:g}</text>')
    parts += [f'<text x="{x(s):.1f}" y="{HEIGHT - 28}" text-anchor="middle">{s:,}</text>' for s in sizes]
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">spots</text>')
    parts.append(f'<text x="14" y="{TOP - 8}">ms</text>')
    ends: list[float] = []
    for n, (name, points) in enumerate(series.items()):
        colour = COLOURS[n % len(COLOURS)]
        path = " ".join(f"{x(size):.1f},{y(ms):.1f}" for size, ms in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts += [f'<circle cx="{x(s):.1f}" cy="{y(ms):.1f}" r="4" fill="{colour}"/>' for s, ms in points]
        height = y(points[-1][1]) + 4
        while any(abs(height - other) < 16 for other in ends):
            height -= 4
        ends.append(height)
        label = f"{name} {points[-1][1]:.2f}"
        parts.append(f'<text x="{WIDTH - RIGHT + 12}" y="{height:.1f}" fill="{colour}">{escape(label)}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" style="{STYLE}" role="img">'
    background = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    return "\n".join([head, f"<title>{escape(title)}</title>", background, *parts, "</svg>"]) + "\n"


def _round_up(value: float) -> float:
    """To 1, 2 or 5 times a power of ten."""
    power = 10.0 ** int(log10(value) // 1)
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value)
