"""What a Hikvision ANPR camera posts: ISAPI's EventNotificationAlert, as multipart/form-data or as bare XML."""

from __future__ import annotations

from email.errors import MessageError
from email.parser import BytesParser
from email.policy import compat32
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hardware.gates.reading import LARGEST_POST, CameraError, Reading, event_of, percent, plate_of

LARGEST_XML = 64 * 1024


def parse(content_type: str, body: bytes) -> Reading:
    """The reading in a post. Raises CameraError for anything else, whatever the bytes."""
    if len(body) > LARGEST_POST:
        raise CameraError("size")
    kind = content_type.split(";")[0].strip().lower()
    if kind == "multipart/form-data":
        xml, picture = _parts(content_type, body)
    elif kind in ("application/xml", "text/xml"):
        xml, picture = body, b""
    else:
        raise CameraError("type")
    return _reading(_root(xml), picture)


def _parts(content_type: str, body: bytes) -> tuple[bytes, bytes]:
    if any(ord(char) < 32 or ord(char) > 126 for char in content_type):
        raise CameraError("multipart")
    try:
        message = BytesParser(policy=compat32).parsebytes(
            b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
        )
        parts = [(p.get_content_type(), p.get_payload(decode=True)) for p in message.walk() if not p.is_multipart()]
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError, MessageError) as error:
        raise CameraError("multipart") from error
    xml = _first(parts, "text/xml", "application/xml")
    if not xml:
        raise CameraError("multipart")
    return xml, _first(parts, "image/jpeg")


def _first(parts: list[tuple[str, object]], *kinds: str) -> bytes:
    return next((data for kind, data in parts if kind in kinds and isinstance(data, bytes)), b"")


def _root(xml: bytes) -> Element:
    if len(xml) > LARGEST_XML:
        raise CameraError("size")
    try:
        root: Element = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise CameraError("xml") from error
    return root


def _reading(root: Element, picture: bytes) -> Reading:
    kind = _text(root, "eventType")
    if kind.lower() == "heartbeat" or _text(root, "eventState") == "inactive":
        raise CameraError("heartbeat")
    if kind.upper() != "ANPR":
        raise CameraError("event")
    plate = plate_of(_text(root, "licensePlate"))
    event = _text(root, "UUID") or f"{_text(root, 'dateTime')}/{_text(root, 'channelID')}/{plate}"
    return Reading(event_of(event), plate, percent(_text(root, "confidenceLevel")), picture)


def _text(root: Element, name: str) -> str:
    """Text of the first element of that name, whatever its namespace: firmwares differ in it."""
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.rpartition("}")[2] == name:
            return (element.text or "").strip()
    return ""
