"""HTTP in front of the bank: signed JSON for the merchant, pages for people."""

from __future__ import annotations

import json
import logging
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from requests.structures import CaseInsensitiveDict

from finance.sandbox_cashier.configuration import Configuration
from finance.sandbox_cashier.merchant_api import MerchantApi
from finance.sandbox_cashier.notifier import Notifier
from finance.sandbox_cashier.orders import Orders, PastOrder
from finance.sandbox_cashier.pages import STYLE, Cashier, Page, language_of
from finance.sandbox_cashier.store import Store

log = logging.getLogger(__name__)

MAX_BODY = 16 * 1024
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self' {targets}"
)


class CashierServer(ThreadingHTTPServer):
    """The bank as one server; ``notifier`` runs beside it."""

    daemon_threads = True

    def __init__(self, configuration: Configuration) -> None:
        store = Store(configuration.store)
        orders = Orders(store)
        for known in json.loads(configuration.past.read_text()) if configuration.past else []:
            orders.remember(PastOrder(**known))
        self.api = MerchantApi(configuration, store, orders)
        self.cashier = Cashier(orders)
        self.notifier = Notifier(store, orders, configuration.provider_key)
        super().__init__((configuration.host, configuration.port), Handler)

    def run(self) -> None:
        """Until shutdown() is called."""
        self.notifier.start()
        try:
            self.serve_forever()
        finally:
            self.notifier.stop()
            self.server_close()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: CashierServer
    server_version = "SandboxBank"
    sys_version = ""
    timeout = 15

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/healthz":
            self._answer(200, b'{"status":"ok"}', {"Content-Type": "application/json"})
        elif url.path == "/cashier.css":
            self._answer(200, STYLE, {"Content-Type": "text/css; charset=utf-8", "Cache-Control": "max-age=300"})
        elif url.path.startswith("/pay/"):
            self._page(self.server.cashier.show(self._token(), self._language()))
        else:
            self._answer_merchant(b"")

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            self._answer(413, b"", {})
        elif not self.path.startswith("/pay/"):
            self._answer_merchant(body)
        elif self.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            self._answer(403, b"", {})
        else:
            decision = parse_qs(body.decode("ascii", "replace")).get("decision", [""])[0]
            self._page(self.server.cashier.decide(self._token(), decision, self._language()))
            self.server.notifier.wake()

    def _answer_merchant(self, body: bytes) -> None:
        public_url = f"http://{self.headers.get('Host', '')}"
        status, content, headers = self.server.api.answer(
            self.command, self.path, CaseInsensitiveDict(self.headers.items()), body, public_url
        )
        self._answer(status, content, headers)

    def _page(self, page: Page) -> None:
        headers = {"Content-Type": "text/html; charset=utf-8", "Vary": "Accept-Language"}
        headers["Content-Security-Policy"] = POLICY.format(targets=page.form_targets).strip()
        if page.location:
            headers["Location"] = page.location
        self._answer(page.status, page.body, headers)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        usual = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
        self.send_response(status)
        for name, value in {**usual, **headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _token(self) -> str:
        return urlsplit(self.path).path.removeprefix("/pay/")

    def _language(self) -> str:
        return language_of(parse_qs(urlsplit(self.path).query), self.headers.get("Accept-Language", ""))

    def _body(self) -> bytes | None:
        """None where it is too long or of unknown length."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            return None
        return self.rfile.read(int(length))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class names it)
        log.debug(format, *args)
