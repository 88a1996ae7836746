"""A small platform over real HTTP: serves signed grants, takes events in order, misbehaves by a script."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PATIENCE = 20.0


class Platform:
    """``script`` holds what the next posts of events meet: ok, 500, garbage, drop (before reading) or lose (taken, but
    the answer is lost); when it is used up everything is ok. ``away`` answers everything with 503.
    """

    def __init__(self, lot="yijing"):
        self.lot = lot
        self.key = Ed25519PrivateKey.generate()
        self.lot_key = Ed25519PrivateKey.generate()
        self.grants = {}
        self.revision = 0
        self.epoch = 1
        self.staff = []
        self.calls = []
        self.skew = 0
        self.payload_changes = {}
        self.forge = None
        """Called with (payload text, signature) where a test answers grants in its own way."""
        self.events = []
        self.posts = 0
        self.pictures = []
        self.picture_status = 200
        self.badly_signed = 0
        self.script = []
        self.away = False
        self.changed = threading.Condition()
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.platform = self
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def give(self, grant_id, *, spot, plates, start=-60, end=3600, language="zh-hans", state="active"):
        """Times in seconds from now."""
        now = int(time.time())
        with self.changed:
            self.revision += 1
            self.grants[grant_id] = {
                "id": grant_id,
                "subject": grant_id,
                "revision": self.revision,
                "state": state,
                "spot": spot,
                "plates": plates,
                "member": 7,
                "name": "王芳",
                "language": language,
                "valid_from": now + start,
                "valid_until": now + end,
            }
        return grant_id

    def signed_grants(self, since, nonce=""):
        payload = {
            "lot": self.lot,
            "revision": self.revision,
            "issued_at": int(time.time()) + self.skew,
            "since": since,
            "epoch": self.epoch,
            "nonce": nonce,
            "horizon": int(time.time()) + 48 * 3600,
            "later": [],
            "staff": self.staff,
            "calls": self.calls,
            "grants": [grant for grant in self.grants.values() if grant["revision"] > since],
            **self.payload_changes,
        }
        text = json.dumps(payload, ensure_ascii=False, sort_keys=True)
        signature = base64.b64encode(self.key.sign(text.encode())).decode()
        return self.forge(text, signature) if self.forge else {"payload": text, "signature": signature}

    def take(self, events):
        """As the platform's rule is: in order, each once, stop at a gap."""
        with self.changed:
            for event in events:
                if event["sequence"] == len(self.events) + 1:
                    self.events.append(event)
            self.changed.notify_all()
            return len(self.events)

    def of_kind(self, kind, **fields):
        with self.changed:
            return [
                event["payload"]
                for event in self.events
                if event["kind"] == kind and all(event["payload"].get(n) == v for n, v in fields.items())
            ]

    def wait_for(self, kind, count=1, **fields):
        """The payloads of at least ``count`` such events."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.of_kind(kind, **fields)) >= count, PATIENCE), (
                kind,
                fields,
                [(event["kind"], event["payload"]) for event in self.events],
            )
            return self.of_kind(kind, **fields)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A lot server that is killed hangs up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        platform = self.server.platform
        if platform.away or not self._authentic(b""):
            self._answer(503 if platform.away else 401, {})
        else:
            query = dict(parse_qsl(urlsplit(self.path).query))
            self._answer(200, platform.signed_grants(int(query["since"]), query.get("nonce", "")))

    def do_POST(self):
        platform = self.server.platform
        if self.path.endswith("/pictures"):
            self._take_picture(platform)
            return
        with platform.changed:
            platform.posts += 1
            step = platform.script.pop(0) if platform.script else "ok"
            platform.changed.notify_all()
        if step == "drop":
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if platform.away or step == "500":
            self._answer(503 if platform.away else 500, {})
        elif step == "garbage":
            self._raw(200, b"<html>\xff\x00 proxy error")
        elif not self._authentic(body):
            self._answer(401, {})
        else:
            accepted = platform.take(json.loads(body)["events"])
            if step == "lose":
                self.close_connection = True
                return
            self._answer(200, {"accepted_through": accepted})

    def _take_picture(self, platform):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if platform.away or not self._authentic(body):
            self._answer(503 if platform.away else 401, {})
            return
        if platform.picture_status != 200:
            self._answer(platform.picture_status, {})
            return
        with platform.changed:
            platform.pictures.append(json.loads(body))
            platform.changed.notify_all()
        self._answer(200, {"taken": True})

    def _authentic(self, body):
        """The lot's signature, checked from the contract's words and not with the product's code."""
        platform = self.server.platform
        timestamp = self.headers.get("Berth-Timestamp", "")
        signed = f"{self.command}\n{self.path}\n{timestamp}\n{hashlib.sha256(body).hexdigest()}".encode()
        public = Ed25519PublicKey.from_public_bytes(platform.lot_key.public_key().public_bytes_raw())
        try:
            public.verify(base64.b64decode(self.headers.get("Berth-Signature", "")), signed)
        except Exception:
            platform.badly_signed += 1
            return False
        return self.headers["Berth-Lot"] == platform.lot and abs(int(timestamp) - time.time()) < 300

    def _answer(self, status, body):
        self._raw(status, json.dumps(body).encode())

    def _raw(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass
