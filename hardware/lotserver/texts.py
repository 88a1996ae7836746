"""What a lot server says to people on displays, in both languages; it has no catalogue and no Django."""

from __future__ import annotations

ARROWS = ("→", "↘", "↓", "↙", "←", "↖", "↑", "↗")
"""By eighths of a turn, clockwise from the plan's right."""

DIRECTIONS = {
    "zh": "您的车位是 {spot}\n{arrow} 约 {metres} 米，请到 {label}刷卡",
    "en": "Your spot is {spot}\n{arrow} about {metres} m: swipe at {label}",
}
DIRECTIONS_BESIDE = {
    "zh": "您的车位是 {spot}\n请到旁边的 {label}刷卡",
    "en": "Your spot is {spot}\nSwipe at {label}, next to this one",
}
