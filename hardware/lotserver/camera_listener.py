"""Where cameras post to: a small HTTP server on the lot's network."""

from __future__ import annotations

import logging
import sqlite3
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from hardware.event_kinds import EventKind
from hardware.gates.digest import DigestGuard
from hardware.gates.hikvision import LARGEST_POST, CameraError, parse
from hardware.lotserver.gates import GateKeeper
from hardware.lotserver.store import Store

log = logging.getLogger(__name__)
PATH = "/cameras/hikvision/"
READ_PATIENCE = 10.0
MOST_CONNECTIONS = 32


class CameraListener:
    """POST /cameras/hikvision/<gate>: 200 taken (also when repeated), 400 no reading, 401 not signed, 404, 413."""

    def __init__(self, address: tuple[str, int], gates: dict[str, GateKeeper], store: Store) -> None:
        self.gates = gates
        self.store = store
        self.guards = {
            code: DigestGuard(keeper.gate.camera_username, keeper.gate.camera_password)
            for code, keeper in gates.items()
        }
        self.rejected: Counter[str] = Counter()
        self._server = _Server(address, self)
        self._thread = threading.Thread(target=self._server.serve_forever, name="cameras", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

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
        now = time.time()
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
        gate = self.path.removeprefix(PATH)
        if not self.path.startswith(PATH) or gate not in listener.gates:
            self.close_connection = True
            self._answer(404)
            return
        body = self._body()
        if body is None:
            listener.reject(gate, "size")
            self._answer(413)
            return
        if self._authentic(gate):
            self._take(gate, body)

    def _take(self, gate: str, body: bytes) -> None:
        listener = self.server.listener
        try:
            reading = parse(self.headers.get("Content-Type", ""), body)
        except CameraError as error:
            if error.reason != "heartbeat":
                listener.reject(gate, error.reason)
            self._answer(200 if error.reason == "heartbeat" else 400)
            return
        try:
            listener.gates[gate].sees(reading)
        except sqlite3.Error:
            log.exception("camera of gate %s: the reading could not be kept", gate)
            self._answer(503)
            return
        self._answer(200)

    def _authentic(self, gate: str) -> bool:
        guard = self.server.listener.guards[gate]
        verdict = guard.check(self.headers.get("Authorization", ""), "POST", self.path)
        if verdict == "ok":
            return True
        if verdict not in ("missing", "stale"):
            self.server.listener.reject(gate, f"digest_{verdict}")
        elif verdict == "missing":
            # A camera's first request carries no answer to a challenge that it has not had; it is only counted.
            self.server.listener.rejected["unsigned"] += 1
            log.info("camera of gate %s: unsigned post, challenged", gate)
        self._answer(401, ("WWW-Authenticate", guard.challenge(stale=verdict == "stale")))
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

    def _answer(self, status: int, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class names it so)
        log.debug(format, *args)
