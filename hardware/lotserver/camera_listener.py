"""Where cameras post to: a small HTTP server on the lot's network."""

from __future__ import annotations

import logging
import re
import sqlite3
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from hardware.event_kinds import EventKind
from hardware.gates.cameras import Headers, Post, camera_of
from hardware.gates.reading import LARGEST_POST, CameraError
from hardware.lotserver.gates import GateKeeper
from hardware.lotserver.picture_post import PicturePost
from hardware.lotserver.store import Store

log = logging.getLogger(__name__)
PATH = re.compile(r"/cameras/([a-z]+)/([-\w]+)(/[/\w]*)?")
"""/cameras/<kind>/<gate>, and what some cameras append to it."""
READ_PATIENCE = 10.0
MOST_CONNECTIONS = 32


class CameraListener:
    """POST /cameras/<kind>/<gate>: 200 taken (also when repeated), 400 no reading, 401 not signed, 404, 413."""

    def __init__(
        self,
        address: tuple[str, int],
        gates: dict[str, GateKeeper],
        store: Store,
        pictures: PicturePost | None = None,
    ) -> None:
        self.pictures = pictures
        self.gates = gates
        self.store = store
        self.cameras = {code: camera_of(keeper.gate.camera) for code, keeper in gates.items()}
        self.rejected: Counter[str] = Counter()
        self._server = _Server(address, self)
        self._thread = threading.Thread(target=self._server.serve_forever, name="cameras", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def gate_at(self, path: str) -> str:
        """The gate whose camera posts to this path; empty where there is none."""
        parts = PATH.fullmatch(path)
        keeper = self.gates.get(parts[2]) if parts else None
        return keeper.gate.code if parts and keeper and keeper.gate.camera.kind == parts[1] else ""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()

    def reject(self, gate: str, reason: str) -> None:
        """Log and count it; tell the platform at most once a minute for the same reason."""
        self.rejected[reason] += 1
        log.warning("camera of gate %s: rejected: %s", gate, reason)
        now = self.store.now()
        with self.store.writing() as write:
            if write.first_time("camera-rejected", f"{gate}:{reason}:{int(now // 60)}", now):
                write.event(EventKind.REJECTED, now, source="camera", reason=reason, detail=gate)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], listener: CameraListener) -> None:
        super().__init__(address, _Handler)
        self.listener = listener
        self._places = threading.BoundedSemaphore(MOST_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        """A flood of connections costs connections, not memory."""
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Cameras hang up in the middle of a request."""
        log.info("camera at %s: %s", client_address[0], sys.exception())


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = READ_PATIENCE

    def do_GET(self) -> None:
        self._answer(200 if self.path == "/healthz" else 404)

    def do_POST(self) -> None:
        listener = self.server.listener
        gate = listener.gate_at(self.path)
        if not gate:
            self.close_connection = True
            self._answer(404)
            return
        body = self._body()
        if body is None:
            listener.reject(gate, "size")
            self._answer(413)
            return
        post = Post(self.path, self.headers, body)
        if self._authentic(gate, post):
            self._take(gate, post)

    def _take(self, gate: str, post: Post) -> None:
        listener = self.server.listener
        camera = listener.cameras[gate]
        try:
            reading = camera.read(post)
        except CameraError as error:
            if error.reason == "heartbeat":
                self._answer(200, body=camera.accepted)
                return
            listener.reject(gate, error.reason)
            self._answer(400)
            return
        try:
            if listener.gates[gate].sees(reading) and listener.pictures:
                listener.pictures.take(gate, reading, listener.store.now())
        except sqlite3.Error:
            log.exception("camera of gate %s: the reading could not be kept", gate)
            self._answer(503)
            return
        self._answer(200, body=camera.accepted)

    def _authentic(self, gate: str, post: Post) -> bool:
        listener = self.server.listener
        camera = listener.cameras[gate]
        verdict = camera.check(post)
        if verdict == "ok":
            return True
        if verdict not in ("missing", "stale"):
            listener.reject(gate, f"signature_{verdict}")
        elif verdict == "missing":
            # A camera's first request carries no answer to a challenge that it has not had; it is only counted.
            listener.rejected["unsigned"] += 1
            log.info("camera of gate %s: unsigned post, challenged", gate)
        self._answer(401, camera.challenge(verdict))
        return False

    def _body(self) -> bytes | None:
        """The whole body; None where it is too large or its length is not told."""
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            length = -1
        if not 0 <= length <= LARGEST_POST:
            self.close_connection = True
            return None
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionError("the camera hung up in mid request")
        return body

    def _answer(self, status: int, headers: Headers = (), body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if body:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class names it so)
        log.debug(format, *args)
