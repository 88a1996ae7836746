"""What a Dahua plate camera posts: ITSAPI's TollgateInfo, as JSON, and its KeepAlive.

{"Picture": {"Plate": {"PlateNumber": "粤B12345", "Confidence": 97, "IsExist": true}, "SnapInfo": {"DeviceID": "…",
 "AccurateTime": "2026-06-01 08:00:00.123", "DefenceCode": "…"}, "NormalPic": {"PicName": "…", "Content": "<base64>"}}}
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from hardware.gates.json_post import as_object
from hardware.gates.reading import CameraError, Reading, event_of, percent, plate_of

PICTURES = ("CutoutPic", "NormalPic", "VehiclePic")
FULL_SCALE = 255
"""Some firmwares tell confidence by the byte."""


def parse(path: str, content_type: str, body: bytes) -> Reading:
    """The reading in a post to ``path``. Raises CameraError for anything else, whatever the bytes."""
    content = as_object(content_type, body)
    if path.rstrip("/").rpartition("/")[2] in ("KeepAlive", "DeviceInfo"):
        raise CameraError("heartbeat")
    picture = content.get("Picture")
    if not isinstance(picture, dict):
        raise CameraError("event")
    plate_info, snap = _part(picture, "Plate"), _part(picture, "SnapInfo")
    if plate_info.get("IsExist") is False:
        raise CameraError("plate")
    plate = plate_of(plate_info.get("PlateNumber"))
    taken = _text(snap, "AccurateTime") or _text(snap, "SnapTime")
    event = _text(snap, "DefenceCode") or (f"{_text(snap, 'DeviceID')}/{taken}/{plate}" if taken else "")
    if not event:
        raise CameraError("event")
    return Reading(event_of(event), plate, _confidence(plate_info), _picture(picture))


def _confidence(plate_info: dict[str, Any]) -> int:
    value = plate_info.get("Confidence")
    if isinstance(value, int) and 100 < value <= FULL_SCALE:
        return value * 100 // FULL_SCALE
    return percent(value)


def _picture(picture: dict[str, Any]) -> bytes:
    """The first picture that can be decoded: a plate counts without one too."""
    for name in PICTURES:
        content = _text(_part(picture, name), "Content")
        try:
            decoded = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            continue
        if decoded:
            return decoded
    return b""


def _part(content: dict[str, Any], name: str) -> dict[str, Any]:
    value = content.get(name)
    return value if isinstance(value, dict) else {}


def _text(content: dict[str, Any], name: str) -> str:
    value = content.get(name)
    return value.strip() if isinstance(value, str) else ""
