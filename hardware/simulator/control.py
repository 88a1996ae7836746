"""The control API of the simulated lots: JSON over HTTP, for the simulator page and for tests. Loopback only.

GET /healthz · GET /lots · GET /lots/<code> · POST /lots/<code>/actions {"action": name, …its arguments}.
Refusals are problems (RFC 9457): 400 wrong, 404 unknown, 409 what cannot be done now.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from hardware.simulator.actions import ACTIONS, IN_MAIN_THREAD
from hardware.simulator.drivers import Refused
from hardware.simulator.lot import SimulatedLot

log = logging.getLogger(__name__)
STATUS = {"unknown": 404, "wrong": 400, "failed": 500, "busy": 503}
LARGEST_BODY = 10_000
MAIN_THREAD_PATIENCE = 10.0

Work = Callable[[], None]


class ControlServer(ThreadingHTTPServer):
    """Serves until shut down. ``work`` are deeds that the main thread must do."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], lots: dict[str, SimulatedLot]) -> None:
        super().__init__(address, ControlHandler)
        self.lots = lots
        self.work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()

    def act(self, lot: SimulatedLot, name: str, arguments: dict[str, Any]) -> None:
        """Raises Refused."""
        action = ACTIONS.get(name)
        if action is None:
            raise Refused("unknown")
        if name not in IN_MAIN_THREAD:
            action(lot, arguments)
            lot.notify()
            return
        done = threading.Event()
        failure: list[Exception] = []

        def work() -> None:
            try:
                action(lot, arguments)
            except Exception as error:  # the main thread runs every lot: it must go on
                failure.append(error)
            finally:
                done.set()

        self.work.put(work)
        if not done.wait(MAIN_THREAD_PATIENCE):
            raise Refused("busy")
        if failure:
            raise failure[0]
        lot.notify()


class ControlHandler(BaseHTTPRequestHandler):
    server: ControlServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = self.path.strip("/").split("/")
        if parts == ["healthz"]:
            self._send(200, {"ok": True})
        elif parts == ["lots"]:
            self._send(200, {"lots": sorted(self.server.lots)})
        elif len(parts) == 2 and parts[0] == "lots" and parts[1] in self.server.lots:
            self._send(200, self.server.lots[parts[1]].state())
        else:
            self._problem("unknown")

    def do_POST(self) -> None:
        parts = self.path.strip("/").split("/")
        lot = self.server.lots.get(parts[1]) if len(parts) == 3 else None
        arguments = self._body()
        if lot is None or parts[0] != "lots" or parts[2] != "actions":
            self._problem("unknown")
            return
        if not isinstance(arguments, dict):
            self._problem("wrong")
            return
        try:
            self.server.act(lot, str(arguments.get("action", "")), arguments)
        except Refused as error:
            self._problem(error.code)
            return
        except Exception:
            log.exception("%s of lot %s", arguments.get("action"), lot.code)
            self._problem("failed")
            return
        self._send(200, {"ok": True})

    def _body(self) -> Any:
        try:
            length = int(self.headers.get("Content-Length", "0"))
        except ValueError:
            length = -1
        if not 0 <= length <= LARGEST_BODY:
            self.close_connection = True
            return None
        try:
            return json.loads(self.rfile.read(length) or b"null")
        except (ValueError, RecursionError):
            return None

    def _problem(self, code: str) -> None:
        status = STATUS.get(code, 409)
        self._send(status, {"type": f"urn:berth:problem:{code}", "title": code, "status": status})

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status < 400 else "application/problem+json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class names it so)
        log.debug(format, *args)
