"""What a lot server says to people on displays, in both languages; it has no catalogue and no Django."""

from __future__ import annotations

ARROWS = ("→", "↘", "↓", "↙", "←", "↖", "↑", "↗")
"""By eighths of a turn, clockwise from the plan's right."""

DIRECTIONS = {
    "zh": "您的车位是 {spot}，由{label}开锁\n{arrow} 约 {metres} 米，请到那里刷卡",
    "en": "Your spot is {spot}, opened at {label}\n{arrow} about {metres} m, please swipe there",
}
DIRECTIONS_BESIDE = {
    "zh": "您的车位是 {spot}，请到旁边的{label}刷卡",
    "en": "Your spot is {spot}, please swipe at {label} next to this one",
}
