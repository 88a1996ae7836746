"""The booth page over HTTP: on the lot's own network, without the platform, without anything from elsewhere.

Only who is on the signed staff list and knows their PIN gets in. Cookies are SameSite=Strict, each form carries a key
of its session, nothing but our own style and script is loaded (Content-Security-Policy), connections are few.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import ssl
import sys
import threading
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hardware.lotserver.booth import staff
from hardware.lotserver.booth.board import board
from hardware.lotserver.booth.deeds import Deeds, Refused
from hardware.lotserver.booth.pages import Pages
from hardware.lotserver.booth.routes import Answer, NotHere, act, look
from hardware.lotserver.booth.sessions import Sessions, TooManyTries, same
from hardware.lotserver.calls import Person
from hardware.lotserver.config import BoothConfig, ServerConfig
from hardware.lotserver.feed import StaffMember
from hardware.lotserver.orders import Orders
from hardware.lotserver.store import Store

log = logging.getLogger(__name__)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
FILES = {"/booth.css": "text/css; charset=utf-8", "/booth.js": "text/javascript; charset=utf-8"}
HERE = Path(__file__).parent
LARGEST_BODY = 8192
MOST_DRAINED = 256 * 1024
MOST_CONNECTIONS = 32
READ_PATIENCE = 10.0
LOOK_AGAIN = 20.0
"""Seconds that a page which asks for news waits for them."""


class BoothServer:
    """Starts and stops with the lot server."""

    def __init__(self, booth: BoothConfig, config: ServerConfig, store: Store, orders: Orders) -> None:
        self.config = config
        self.store = store
        self.deeds = Deeds(store, orders, config)
        self.sessions = Sessions(store)
        self.secure = bool(booth.certificate)
        self._server = _Server((booth.host, booth.port), self)
        if booth.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(booth.certificate, booth.key or None)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, name="booth", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        self.deeds.recover()
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
        self.store.tell_change()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], booth: BoothServer) -> None:
        super().__init__(address, _Handler)
        self.booth = booth
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
        """Browsers hang up."""
        log.info("booth page, %s: %r", client_address[0], sys.exception())


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = READ_PATIENCE
    server_version = "Berth"
    sys_version = ""

    def do_GET(self) -> None:
        self._guarded(self._get)

    def do_POST(self) -> None:
        self._guarded(self._post)

    def _guarded(self, answer: Any) -> None:
        self._set: list[str] = []
        self._cookies = _cookies(self.headers.get("Cookie", ""))
        try:
            answer()
        except NotHere:
            self._page(404, self._pages().page("", "not_found"))
        except sqlite3.Error:
            log.exception("booth page: the store fails")
            self._page(503, self._pages().page("", "disk_full"))

    # --- reading ----------------------------------------------------------------------------------

    def _get(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path in FILES:
            self._send(200, FILES[path], (HERE / path[1:]).read_bytes())
            return
        if (language := (query.get("lang") or [""])[0]) in ("zh", "en"):
            self._cookie("lang", language, 365 * 24 * 3600)
            self._redirect(path if path.startswith("/") and not path.startswith("//") else "/")
            return
        signed_in = self._signed_in()
        if path == "/board" and signed_in is None:
            self._send(401, "text/plain", b"")
        elif signed_in is None:
            self._sign_in_page(200)
        elif path in ("/", "/board"):
            self._board(query, alone=path == "/board")
        else:
            self._page(200, look(path, self.server.booth, self._pages()))

    def _board(self, query: dict[str, list[str]], *, alone: bool) -> None:
        booth, seen = self.server.booth, (query.get("seen") or [""])[0]
        waits = alone and seen.isascii() and seen.isdigit() and len(seen) < 19
        version = booth.store.wait_for_change(int(seen) if waits else -1, LOOK_AGAIN if waits else 0)
        part = self._pages().board(board(booth.store, booth.config), version)
        self._page(200, part if alone else self._pages().page(part))

    def _sign_in_page(self, status: int, message: str = "") -> None:
        key = self._cookies.get("form") or secrets.token_urlsafe(16)
        self._cookie("form", key, 3600)
        pages = Pages(self.server.booth.config, self._language(), key)
        self._page(status, pages.sign_in(staff.everybody(self.server.booth.store), message))

    # --- acting -----------------------------------------------------------------------------------

    def _post(self) -> None:
        fields = self._fields()
        if fields is None:
            self._send(413, "text/plain", b"")
            return
        path, signed_in = urlsplit(self.path).path, self._signed_in()
        if path == "/sign-in":
            self._sign_in(fields)
        elif signed_in is None:
            self._redirect("/")
        elif not same(fields.get("key", ""), signed_in[0]):
            self._page(403, self._pages().page("", "form_old"))
        elif path == "/sign-out":
            self.server.booth.sessions.sign_out(self._cookies.get("session", ""))
            self._cookie("session", "", 0)
            self._redirect("/")
        else:
            self._act(path, fields, signed_in[1])

    def _act(self, path: str, fields: dict[str, str], person: StaffMember) -> None:
        answer: Answer = act(path, fields, self.server.booth, self._pages(), Person(person.member, person.name))
        if answer.page:
            self._page(422, answer.page)
        else:
            self._redirect(answer.to)

    def _sign_in(self, fields: dict[str, str]) -> None:
        booth, number = self.server.booth, fields.get("member", "")
        if not same(fields.get("key", ""), self._cookies.get("form", "")):
            self._sign_in_page(403, "form_old")
            return
        member = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
        try:
            entered = booth.sessions.sign_in(member, fields.get("pin", ""), self.client_address[0])
        except TooManyTries:
            self._sign_in_page(429, "too_many")
            return
        if entered is None:
            log.warning("booth page: a wrong PIN for member %s from %s", member, self.client_address[0])
            self._sign_in_page(403, "wrong_pin")
            return
        secret, person = entered
        booth.deeds.signed_in(Person(person.member, person.name))
        self._cookie("session", secret, 12 * 3600)
        if not self._cookies.get("lang"):
            self._cookie("lang", "zh" if person.language.startswith("zh") else "en", 365 * 24 * 3600)
        self._redirect("/")

    # --- parts ------------------------------------------------------------------------------------

    def _signed_in(self) -> tuple[str, StaffMember] | None:
        found = self.server.booth.sessions.of(self._cookies.get("session", ""))
        return (found[0].form_key, found[1]) if found else None

    def _pages(self) -> Pages:
        signed_in = self._signed_in()
        key, name = (signed_in[0], signed_in[1].name) if signed_in else ("", "")
        return Pages(self.server.booth.config, self._language(), key, name)

    def _language(self) -> str:
        chosen = self._cookies.get("lang", "")
        if chosen in ("zh", "en"):
            return chosen
        return "en" if self.headers.get("Accept-Language", "").lower().startswith("en") else "zh"

    def _fields(self) -> dict[str, str] | None:
        """The form; None where it is too large or its length is not told."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 6 and int(length) <= LARGEST_BODY):
            self.close_connection = True
            if length.isascii() and length.isdigit() and len(length) < 8:
                self.rfile.read(min(int(length), MOST_DRAINED))  # unread, it would reset the line before our answer
            return None
        body = self.rfile.read(int(length)).decode("utf-8", "replace")
        return {name: values[0] for name, values in parse_qs(body, max_num_fields=20).items()}

    def _cookie(self, name: str, value: str, seconds: int) -> None:
        secure = "; Secure" if self.server.booth.secure else ""
        self._set.append(f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")

    def _redirect(self, to: str) -> None:
        self._send(303, "text/plain", b"", Location=to)

    def _page(self, status: int, html: str) -> None:
        self._send(status, "text/html; charset=utf-8", html.encode())

    def _send(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, **headers, "Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        for cookie in self._set:
            self.send_header("Set-Cookie", cookie)
        if self.close_connection:  # said, so that the browser does not use it again
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class names it so)
        log.debug(format, *args)


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header[:4096]).items()}
    except CookieError:
        return {}


__all__ = ["BoothServer", "Refused"]
