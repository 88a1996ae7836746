"""The JSON object that a camera posted, or why there is none."""

from __future__ import annotations

import json
from typing import Any

from hardware.gates.reading import LARGEST_POST, CameraError


def as_object(content_type: str, body: bytes) -> dict[str, Any]:
    """Raises CameraError whatever the bytes."""
    if len(body) > LARGEST_POST:
        raise CameraError("size")
    if content_type.split(";")[0].strip().lower() not in ("application/json", "text/json"):
        raise CameraError("type")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CameraError("json") from error
    if not isinstance(content, dict):
        raise CameraError("json")
    return content
