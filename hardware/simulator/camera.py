"""A simulated plate camera: posts what cameras of its kind post, signed as they sign (hardware.gates.cameras)."""

from __future__ import annotations

import base64
import io
import json
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from xml.sax.saxutils import escape

import requests
from PIL import Image, ImageDraw
from requests.auth import HTTPDigestAuth

from hardware.gates.signed_json import sign
from hardware.simulator.config import CameraConfig

log = logging.getLogger(__name__)
CHINA = timezone(timedelta(hours=8))

ALERT = """<?xml version="1.0" encoding="UTF-8"?>
<EventNotificationAlert version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">
<ipAddress>127.0.0.1</ipAddress><portNo>80</portNo><protocol>HTTP</protocol>
<macAddress>44:19:b6:00:00:01</macAddress><channelID>1</channelID>
<dateTime>{when}</dateTime><activePostCount>1</activePostCount>
<eventType>ANPR</eventType><eventState>active</eventState><eventDescription>ANPR</eventDescription>
<channelName>{gate}</channelName>
<ANPR><country>CHN</country><licensePlate>{plate}</licensePlate><line>1</line><direction>{direction}</direction>
<confidenceLevel>{confidence}</confidenceLevel><plateType>{plate_type}</plateType><plateColor>{colour}</plateColor>
<licenseBright>0</licenseBright><vehicleType>vehicle</vehicleType>
<pictureInfoList><pictureInfo><fileName>licensePlatePicture.jpg</fileName><type>licensePlatePicture</type>
<dataType>0</dataType></pictureInfo></pictureInfoList></ANPR>
<UUID>{event}</UUID><picNum>1</picNum>
</EventNotificationAlert>
"""


def alert_xml(*, event: str, plate: str, confidence: int, gate: str, direction: str) -> str:
    """The XML part of a post."""
    green = len(plate) == 8
    return ALERT.format(
        when=datetime.now(CHINA).isoformat(timespec="milliseconds"),
        gate=escape(gate),
        plate=escape(plate),
        direction="forward" if direction == "entry" else "reverse",
        confidence=confidence,
        plate_type="newEnergy" if green else "92TypeCivil",
        colour="green" if green else "blue",
        event=escape(event),
    )


def picture(plate: str) -> bytes:
    """A JPEG of the plate, as far as the default font can write it: the province character is a box."""
    image = Image.new("RGB", (320, 110), "#1d4ed8" if len(plate) < 8 else "#16a34a")
    draw = ImageDraw.Draw(image)
    draw.rectangle((4, 4, 315, 105), outline="white", width=3)
    draw.rectangle((18, 30, 52, 82), outline="white", width=3)
    draw.text((62, 24), plate[1:], fill="white", font_size=58)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=70)
    return stream.getvalue()


@dataclass(frozen=True, slots=True)
class Sight:
    """What the camera sees."""

    event: str
    plate: str
    confidence: int
    gate: str
    direction: str


def hikvision(sight: Sight, url: str) -> requests.Request:
    """An ISAPI alert in multipart."""
    xml = alert_xml(
        event=sight.event,
        plate=sight.plate,
        confidence=sight.confidence,
        gate=sight.gate,
        direction=sight.direction,
    )
    files = {
        "anpr.xml": ("anpr.xml", xml.encode(), "text/xml"),
        "licensePlatePicture.jpg": ("licensePlatePicture.jpg", picture(sight.plate), "image/jpeg"),
    }
    return requests.Request("POST", url, files=files)


def dahua(sight: Sight, url: str) -> requests.Request:
    """An ITSAPI TollgateInfo."""
    when = datetime.now(CHINA).isoformat(" ", "milliseconds")[:23]
    content = {
        "Picture": {
            "CutoutPic": {"PicName": f"{sight.event}.jpg", "Content": base64.b64encode(picture(sight.plate)).decode()},
            "Plate": {
                "BoundingBox": [18, 30, 302, 82],
                "Channel": 0,
                "Confidence": sight.confidence,
                "IsExist": True,
                "PlateColor": "Green" if len(sight.plate) == 8 else "Blue",
                "PlateNumber": sight.plate,
                "UploadNum": 1,
            },
            "SnapInfo": {
                "AccurateTime": when,
                "DefenceCode": sight.event,
                "DeviceID": sight.gate,
                "Direction": "Obverse" if sight.direction == "entry" else "Reverse",
                "LanNo": 1,
                "TimeZone": 8,
            },
        }
    }
    return requests.Request("POST", url + "/NotificationInfo/TollgateInfo", json=content)


def generic(sight: Sight, url: str) -> requests.Request:
    """JSON; the signature is added last."""
    content = {
        "event": sight.event,
        "plate": sight.plate,
        "confidence": sight.confidence,
        "picture": base64.b64encode(picture(sight.plate)).decode(),
    }
    return requests.Request("POST", url, data=json.dumps(content), headers={"Content-Type": "application/json"})


MAKES: dict[str, Callable[[Sight, str], requests.Request]] = {
    "hikvision": hikvision,
    "dahua": dahua,
    "generic": generic,
}


class HmacAuth(requests.auth.AuthBase):
    """Signs time, path and body."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        now, body = int(time.time()), request.body or b""
        data = body.encode() if isinstance(body, str) else body
        request.headers["Berth-Timestamp"] = str(now)
        request.headers["Berth-Signature"] = sign(self._secret, "POST", request.path_url, now, data)
        return request


class SimulatedCamera:
    """One camera at one gate. ``last_answer`` is the HTTP status that its last post got, 0 where none came."""

    def __init__(self, config: CameraConfig, gate: str, direction: str) -> None:
        self._config = config
        self._gate = gate
        self._direction = direction
        self.last_answer = 0

    def sees(self, plate: str, confidence: int = 97, *, event: str | None = None, signed: bool = True) -> int:
        """Post one reading; the status code of the answer. Unsigned posts are for trying what is refused."""
        sight = Sight(event or str(uuid.uuid4()).upper(), plate, confidence, self._gate, self._direction)
        request = MAKES[self._config.kind](sight, self._config.url)
        if signed:
            request.auth = self._auth()
        try:
            with requests.Session() as session:
                self.last_answer = session.send(request.prepare(), timeout=5).status_code
        except requests.RequestException as error:
            log.warning("camera %s: %s", self._gate, error)
            self.last_answer = 0
        return self.last_answer

    def _auth(self) -> requests.auth.AuthBase:
        if self._config.kind == "generic":
            return HmacAuth(self._config.password)
        return HTTPDigestAuth(self._config.username, self._config.password)
