"""Makes of plate cameras behind one interface: who posts, and what was read.

=========== ====================================================== ==================================================
kind        posts                                                  proves itself with
=========== ====================================================== ==================================================
hikvision   ISAPI EventNotificationAlert, multipart or XML         HTTP Digest: it signs the path, not the body
dahua       ITSAPI TollgateInfo and KeepAlive, JSON                HTTP Digest, as above
generic     JSON {event, plate, confidence, picture}               HMAC-SHA256 over time, path and body: to be preferred
=========== ====================================================== ==================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Protocol

from hardware.gates import dahua, hikvision, signed_json
from hardware.gates.digest import DigestGuard
from hardware.gates.reading import Reading

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """``password`` is the shared secret of a generic camera, which has no user."""

    kind: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Post:
    """A POST as it came: ``path`` with what follows the gate, header names in any case."""

    path: str
    headers: Mapping[str, str] | Message
    body: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "")


class Camera(Protocol):
    """``check`` says ok, missing, stale, or what is wrong; ``read`` raises CameraError, and nothing else."""

    accepted: bytes
    """The body of the answer to a reading that was taken."""

    def check(self, post: Post) -> str: ...
    def challenge(self, verdict: str) -> Headers: ...
    def read(self, post: Post) -> Reading: ...


class DigestCamera:
    """A camera that proves itself with HTTP Digest, and how its posts are read."""

    def __init__(self, config: CameraConfig, read: Callable[[Post], Reading], accepted: bytes = b"") -> None:
        self._guard = DigestGuard(config.username, config.password)
        self._read = read
        self.accepted = accepted

    def check(self, post: Post) -> str:
        return self._guard.check(post.headers.get("Authorization", ""), "POST", post.path)

    def challenge(self, verdict: str) -> Headers:
        return (("WWW-Authenticate", self._guard.challenge(stale=verdict == "stale")),)

    def read(self, post: Post) -> Reading:
        return self._read(post)


class SigningCamera:
    """A camera that signs what it posts."""

    accepted = b""

    def __init__(self, config: CameraConfig) -> None:
        self._secret = config.password

    def check(self, post: Post) -> str:
        return signed_json.check(self._secret, post.headers, post.path, post.body)

    def challenge(self, verdict: str) -> Headers:
        return (("WWW-Authenticate", "Berth-Signature"),)

    def read(self, post: Post) -> Reading:
        return signed_json.parse(post.content_type, post.body)


MAKES: dict[str, Callable[[CameraConfig], Camera]] = {
    "hikvision": lambda config: DigestCamera(config, lambda post: hikvision.parse(post.content_type, post.body)),
    "dahua": lambda config: DigestCamera(
        config, lambda post: dahua.parse(post.path, post.content_type, post.body), b'{"Result": true}'
    ),
    "generic": SigningCamera,
}


def camera_of(config: CameraConfig) -> Camera:
    """Raises KeyError for a make that is not known."""
    return MAKES[config.kind](config)
