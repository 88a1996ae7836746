"""What every plate camera tells, whatever its make: a reading, or why a post is none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from berth.kernel.plates import normalise

LARGEST_POST = 4 * 1024 * 1024
LONGEST_EVENT = 80
UNREADABLE = {"UNKNOWN", "NOPLATE", "无车牌", "未识别", ""}


class CameraError(Exception):
    """Not a reading. ``reason`` is one of: size, type, multipart, xml, json, event, plate, picture, heartbeat."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reading:
    """One plate seen. ``event`` identifies the sighting, so a repeated post counts once; confidence 0 to 100."""

    event: str
    plate: str
    confidence: int
    picture: bytes = b""


def event_of(text: str) -> str:
    """An identifier as it can be kept: half a surrogate pair, which JSON can carry, is no text."""
    return text.encode("utf-8", "replace").decode()[:LONGEST_EVENT]


def plate_of(text: object) -> str:
    """The plate as it is matched. Raises CameraError where no plate was read."""
    plate = normalise(text) if isinstance(text, str) else ""
    if plate in UNREADABLE or not re.fullmatch(r"\w{2,12}", plate):
        raise CameraError("plate")
    return plate


def percent(value: object) -> int:
    """A confidence from 0 to 100; 0, which waits for staff, where none is told."""
    try:
        return max(0, min(100, int(value)))  # type: ignore[call-overload, no-any-return]  # refused below
    except (ValueError, TypeError, OverflowError):
        return 0
