"""The camera's own web server, as far as a barrier hangs on it: PUT …/barrierGate with HTTP Digest (ISAPI)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hardware.gates.digest import DigestGuard

log = logging.getLogger(__name__)
STATUS = (
    '<?xml version="1.0" encoding="UTF-8"?><ResponseStatus version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">'
    "<requestURL>{url}</requestURL><statusCode>{code}</statusCode><statusString>{text}</statusString></ResponseStatus>"
)
MODES = {"open": True, "close": False}
LARGEST_ORDER = 10_000


class IsapiCamera(ThreadingHTTPServer):
    """Serves on the address of ``url``; ``drive`` moves the barrier. ``broken`` answers as a camera without relay."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, url: str, username: str, password: str, drive: Callable[[bool], None]) -> None:
        parts = urlsplit(url)
        super().__init__((parts.hostname or "127.0.0.1", parts.port or 80), _Handler)
        self.path = parts.path
        self.guard = DigestGuard(username, password)
        self.drive = drive
        self.broken = False
        self._thread = threading.Thread(target=self.serve_forever, args=(0.1,), name="isapi camera", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: IsapiCamera
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(min(length, LARGEST_ORDER))
        verdict = self.server.guard.check(self.headers.get("Authorization", ""), "PUT", self.path)
        if verdict != "ok":
            self._answer(401, 4, "Invalid Operation", self.server.guard.challenge(stale=verdict == "stale"))
        elif self.path != self.server.path:
            self._answer(404, 4, "Invalid Operation")
        elif self.server.broken:
            self._answer(403, 3, "Device Error")
        elif (opened := MODES.get(_mode(body))) is None:
            self._answer(400, 6, "Invalid XML Content")
        else:
            self.server.drive(opened)
            self._answer(200, 1, "OK")

    def _answer(self, status: int, code: int, text: str, challenge: str = "") -> None:
        body = STATUS.format(url=self.server.path, code=code, text=text).encode()
        self.send_response(status)
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class names it so)
        log.debug(format, *args)


def _mode(body: bytes) -> str:
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return ""
    return next((e.text or "" for e in root.iter() if str(e.tag).rpartition("}")[2] == "ctrlMode"), "")
