"""What any other camera, or the box beside it, may post: JSON signed with a shared secret, body and all.

{"event": "unique per sighting", "plate": "粤B12345", "confidence": 97, "picture": "<base64 JPEG, optional>"} with
Berth-Timestamp: <Unix seconds> and Berth-Signature: <HMAC-SHA256 in hex over METHOD, path, timestamp, and SHA-256 of
the body in hex, joined by line feeds>. {"heartbeat": true} is a sign of life.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping
from email.message import Message

from hardware.gates.json_post import as_object
from hardware.gates.reading import LONGEST_EVENT, CameraError, Reading, event_of, percent, plate_of

LARGEST_SKEW = 120
"""Seconds that a camera's clock may differ; a repetition within it is caught by its event."""


def sign(secret: str, method: str, path: str, timestamp: int, body: bytes) -> str:
    """The signature of a post."""
    text = f"{method}\n{path}\n{timestamp}\n{hashlib.sha256(body).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def check(secret: str, headers: Mapping[str, str] | Message, path: str, body: bytes, now: float | None = None) -> str:
    """ok, missing, malformed, stale or wrong."""
    told, signature = headers.get("Berth-Timestamp", ""), headers.get("Berth-Signature", "")
    if not told or not signature:
        return "missing"
    if not (told.isascii() and told.isdigit() and len(told) <= 12 and signature.isascii()):
        return "malformed"
    if not hmac.compare_digest(sign(secret, "POST", path, int(told), body), signature.lower()):
        return "wrong"
    return "ok" if abs((now if now is not None else time.time()) - int(told)) <= LARGEST_SKEW else "stale"


def parse(content_type: str, body: bytes) -> Reading:
    """The reading in a post. Raises CameraError for anything else, whatever the bytes."""
    content = as_object(content_type, body)
    if content.get("heartbeat") is True:
        raise CameraError("heartbeat")
    event = content.get("event")
    if not isinstance(event, str) or not 0 < len(event.strip()) <= LONGEST_EVENT:
        raise CameraError("event")
    picture = content.get("picture", "")
    if not isinstance(picture, str):
        raise CameraError("picture")
    try:
        decoded = base64.b64decode(picture, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CameraError("picture") from error
    return Reading(event_of(event.strip()), plate_of(content.get("plate")), percent(content.get("confidence")), decoded)
