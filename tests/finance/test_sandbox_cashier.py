"""The bank's process against an independent client: requests signed, and answers checked, by plain `cryptography`."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from berth.kernel.signatures import public_key_of
from finance.sandbox_cashier.notifier import pause_after
from tests.finance.cashier_process import MERCHANT_KEY, PROVIDER_KEY, ROOT, CashierProcess

BANK = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key_of(PROVIDER_KEY)))
MERCHANT = Ed25519PrivateKey.from_private_bytes(base64.b64decode(MERCHANT_KEY))


def ask(cashier: CashierProcess, method: str, target: str, content: Any = None, **overrides: str) -> requests.Response:
    """A request as the protocol's description says, and the check of the answer's signature."""
    body = b"" if content is None else content if isinstance(content, bytes) else json.dumps(content).encode()
    timestamp = overrides.get("timestamp", str(int(time.time())))
    text = f"sandbox-request\n{method}\n{target}\n{timestamp}\n{hashlib.sha256(body).hexdigest()}"
    signature = overrides.get("signature", base64.b64encode(MERCHANT.sign(text.encode())).decode())
    headers = {"Sandbox-Timestamp": timestamp, "Sandbox-Signature": signature}
    answer = requests.request(method, cashier.url + target, data=body, headers=headers, timeout=10)
    signed = f"sandbox-answer\n{signature}\n{answer.status_code}\n{hashlib.sha256(answer.content).hexdigest()}"
    BANK.verify(base64.b64decode(answer.headers["Sandbox-Signature"]), signed.encode())
    return answer


def order(**changes: Any) -> dict[str, Any]:
    wanted = {
        "order": str(uuid.uuid4()),
        "title": "怡景花园 A-12",
        "amount_minor": 1250,
        "currency": "CNY",
        "notify_url": "http://127.0.0.1:9/notify",
        "return_url": "http://127.0.0.1:9/back",
        "expires_at": int(time.time()) + 600,
        "language": "zh",
    }
    return {**wanted, **changes}


class Merchant(HTTPServer):
    """Takes notifications: each delivery goes to ``told``; ``answers`` says what to answer, the last one for ever."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Notified)
        self.told: Queue[tuple[dict[str, str], bytes]] = Queue()
        self.answers: list[tuple[int, bytes]] = [(200, b'{"code":"SUCCESS"}')]
        threading.Thread(target=self.serve_forever).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/notify"

    def next(self) -> dict[str, Any]:
        """The next delivery, its signature checked."""
        headers, body = self.told.get(timeout=30)
        text = f"sandbox-notification\n{headers['Sandbox-Timestamp']}\n{hashlib.sha256(body).hexdigest()}"
        BANK.verify(base64.b64decode(headers["Sandbox-Signature"]), text.encode())
        content: dict[str, Any] = json.loads(body)
        return content

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Notified(BaseHTTPRequestHandler):
    server: Merchant

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answers = self.server.answers
        status, content = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(content)
        self.server.told.put((dict(self.headers), body))

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    server = Merchant()
    yield server
    server.close()


def opened(cashier: CashierProcess, **changes: Any) -> dict[str, Any]:
    answer = ask(cashier, "POST", "/orders", order(**changes))
    assert answer.status_code == 200
    content: dict[str, Any] = answer.json()
    return content


def test_order_is_opened_asked_about_and_closed(cashier: CashierProcess) -> None:
    new = opened(cashier)
    assert (new["state"], new["amount_minor"], new["paid_at"]) == ("open", 1250, None)
    assert ask(cashier, "GET", f"/orders/{new['order']}").json() == new
    assert ask(cashier, "POST", f"/orders/{new['order']}/close").json()["state"] == "closed"
    assert cashier.decide(new["pay_url"], "pay").status_code == 409


def test_order_repeated_is_the_same_and_another_sum_is_refused(cashier: CashierProcess) -> None:
    wanted = order()
    first = ask(cashier, "POST", "/orders", wanted).json()
    assert ask(cashier, "POST", "/orders", wanted).json() == first
    refused = ask(cashier, "POST", "/orders", {**wanted, "amount_minor": 1})
    assert (refused.status_code, refused.json()) == (409, {"code": "order_exists"})


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_minor": 0},
        {"amount_minor": -1},
        {"amount_minor": 12.5},
        {"amount_minor": True},
        {"currency": "XXX"},
        {"currency": ["CNY"]},
        {"order": ""},
        {"order": "x" * 65},
        {"title": None},
        {"title": "\ud800"},
        {"order": [1]},
        {"expires_at": "soon"},
        {"language": "de"},
        {"notify_url": "file:///etc/passwd"},
        {"return_url": "javascript:alert(1)"},
        {"return_url": "http://x/; script-src *"},
    ],
)
def test_order_that_makes_no_sense_is_refused(cashier: CashierProcess, changes: dict[str, Any]) -> None:
    refused = ask(cashier, "POST", "/orders", order(**changes))
    assert (refused.status_code, refused.json()) == (400, {"code": "malformed"})


def test_order_that_has_expired_already_is_refused(cashier: CashierProcess) -> None:
    assert ask(cashier, "POST", "/orders", order(expires_at=int(time.time()))).json() == {"code": "expired"}


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff"])
def test_body_that_is_no_object_is_refused(cashier: CashierProcess, body: bytes) -> None:
    assert ask(cashier, "POST", "/orders", body).json() == {"code": "malformed"}


def test_request_not_signed_by_the_merchant_is_refused(cashier: CashierProcess) -> None:
    stranger = base64.b64encode(Ed25519PrivateKey.generate().sign(b"x")).decode()
    for signature in (stranger, "", "not base64"):
        answer = ask(cashier, "POST", "/orders", order(), signature=signature)
        assert (answer.status_code, answer.json()) == (401, {"code": "signature"})


@pytest.mark.parametrize("age", [301, -301])
def test_request_of_another_time_is_refused(cashier: CashierProcess, age: int) -> None:
    answer = ask(cashier, "GET", "/statement?date=2026-01-01", timestamp=str(int(time.time()) - age))
    assert (answer.status_code, answer.json()) == (401, {"code": "stale"})


def test_unknown_addresses_and_orders_are_not_found(cashier: CashierProcess) -> None:
    assert ask(cashier, "GET", f"/orders/{uuid.uuid4()}").json() == {"code": "unknown_order"}
    assert ask(cashier, "POST", "/nowhere", order()).json() == {"code": "not_found"}
    assert ask(cashier, "GET", "/orders/1/2").json() == {"code": "not_found"}


def test_paid_order_is_told_and_the_payer_goes_back(cashier: CashierProcess, merchant: Merchant) -> None:
    new = opened(cashier, notify_url=merchant.url)
    answer = cashier.decide(new["pay_url"], "pay")
    assert (answer.status_code, answer.headers["Location"]) == (303, "http://127.0.0.1:9/back")
    told = merchant.next()
    wanted = {"type": "payment.succeeded", "order": new["order"], "number": new["number"]}
    assert told.items() >= {**wanted, "amount_minor": 1250, "currency": "CNY"}.items()
    assert ask(cashier, "GET", f"/orders/{new['order']}").json()["paid_at"] == told["paid_at"]


def test_paid_twice_is_charged_once(cashier: CashierProcess, merchant: Merchant) -> None:
    new = opened(cashier, notify_url=merchant.url)
    assert [cashier.decide(new["pay_url"], "pay").status_code for _time in range(3)] == [303, 303, 303]
    first = merchant.next()
    other = opened(cashier, notify_url=merchant.url)
    cashier.decide(other["pay_url"], "pay")
    assert (first["order"], merchant.next()["order"]) == (new["order"], other["order"])


def test_notify_twice_sends_one_event_two_times(cashier: CashierProcess, merchant: Merchant) -> None:
    cashier.decide(opened(cashier, notify_url=merchant.url)["pay_url"], "pay_told_twice")
    assert merchant.next() == merchant.next()


def test_untold_is_not_told(cashier: CashierProcess, merchant: Merchant) -> None:
    untold, told = opened(cashier, notify_url=merchant.url), opened(cashier, notify_url=merchant.url)
    cashier.decide(untold["pay_url"], "pay_untold")
    cashier.decide(told["pay_url"], "pay")
    assert merchant.next()["order"] == told["order"]
    assert ask(cashier, "GET", f"/orders/{untold['order']}").json()["state"] == "paid"


def test_late_money_comes_after_the_close(cashier: CashierProcess, merchant: Merchant) -> None:
    new = opened(cashier, notify_url=merchant.url)
    assert cashier.decide(new["pay_url"], "pay_late").status_code == 200
    assert ask(cashier, "GET", f"/orders/{new['order']}").json()["state"] == "open"
    assert ask(cashier, "POST", f"/orders/{new['order']}/close").json()["state"] == "closed"
    assert merchant.next()["order"] == new["order"]
    assert ask(cashier, "GET", f"/orders/{new['order']}").json()["state"] == "paid"


def test_notification_is_repeated_until_the_merchant_says_success(cashier: CashierProcess, merchant: Merchant) -> None:
    merchant.answers[:0] = [(500, b'{"code":"SUCCESS"}'), (200, b'["SUCCESS"]')]
    cashier.decide(opened(cashier, notify_url=merchant.url)["pay_url"], "pay")
    deliveries = [merchant.next() for _time in range(3)]
    assert deliveries[0] == deliveries[1] == deliveries[2]


def test_pauses_grow_to_five_minutes() -> None:
    assert [pause_after(n) for n in (0, 1, 2, 3, 4, 9, 10, 500)] == [1, 1, 2, 4, 8, 256, 300, 300]


def test_refund_is_paid_back_once_and_never_more_than_was_paid(cashier: CashierProcess) -> None:
    new = opened(cashier)

    def refund(number: str, amount: int) -> tuple[int, Any]:
        wanted = {"refund": f"{new['order']}-{number}", "order": new["order"], "amount_minor": amount, "reason": ""}
        answer = ask(cashier, "POST", "/refunds", wanted)
        return answer.status_code, answer.json().get("code") or answer.json()["state"]

    assert refund("1", 500) == (409, "not_paid")
    cashier.decide(new["pay_url"], "pay_untold")
    assert [refund("1", 500), refund("1", 500), refund("1", 400)] == [
        (200, "succeeded"),
        (200, "succeeded"),
        (409, "refund_exists"),
    ]
    assert [refund("2", 751), refund("2", 750), refund("3", 1)] == [
        (409, "more_than_paid"),
        (200, "succeeded"),
        (409, "more_than_paid"),
    ]
    assert refund("4", 0) == (400, "malformed")


def test_order_of_the_past_is_known_at_each_opening_and_can_be_refunded(tmp_path: Path) -> None:
    past = {"id": str(uuid.uuid4()), "number": "SEED1", "title": "停车 A-02", "amount_minor": 900, "currency": "CNY"}
    file = tmp_path / "past.json"
    file.write_text(json.dumps([past | {"paid_at": 1_700_000_000}]))
    cashier = CashierProcess(tmp_path / "bank.sqlite3", past=file)
    wanted = {"refund": "r-1", "order": past["id"], "amount_minor": 900, "reason": ""}
    for _opening in range(2):
        cashier.start()
        known = ask(cashier, "GET", f"/orders/{past['id']}").json()
        assert (known["state"], known["number"], known["paid_at"]) == ("paid", "SEED1", 1_700_000_000)
        assert ask(cashier, "POST", "/refunds", wanted).json()["state"] == "succeeded"
        cashier.kill()


def test_statement_lists_the_days_payments_and_refunds(cashier: CashierProcess) -> None:
    new = opened(cashier)
    cashier.decide(new["pay_url"], "pay_untold")
    number = f"{new['order']}-1"
    wanted = {"refund": number, "order": new["order"], "amount_minor": 250, "reason": "早退"}
    ask(cashier, "POST", "/refunds", wanted)
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
    statement = ask(cashier, "GET", f"/statement?date={today}").json()
    rows = [(r["kind"], r["reference"], r["amount_minor"]) for r in statement["rows"] if new["order"] in r["ours"]]
    assert rows == [("payment", new["number"], 1250), ("refund", number, -250)]
    assert ask(cashier, "GET", "/statement?date=2020-01-01").json() == {"date": "2020-01-01", "rows": []}
    assert ask(cashier, "GET", "/statement?date=yesterday").json() == {"code": "bad_date"}


def test_page_shows_the_order_in_both_languages(cashier: CashierProcess) -> None:
    url = opened(cashier)["pay_url"]
    chinese, english = requests.get(url, timeout=10), requests.get(url.replace("lang=zh", "lang=en"), timeout=10)
    assert ('lang="zh-Hans"' in chinese.text, 'lang="en"' in english.text) == (True, True)
    for page in (chinese, english):
        assert page.text.count("¥12.50") >= 2
        assert "怡景花园 A-12" in page.text
    assert "Sandbox Bank" in english.text
    bare = url.split("?")[0]
    for accepted, language in [("en-GB,en;q=0.9", "en"), ("zh-CN", "zh-Hans"), ("fr", "zh-Hans")]:
        assert f'lang="{language}"' in requests.get(bare, headers={"Accept-Language": accepted}, timeout=10).text


def test_every_button_of_the_page_is_understood(cashier: CashierProcess) -> None:
    page = requests.get(opened(cashier)["pay_url"], timeout=10).text
    decisions = re.findall(r'name="decision" value="(\w*)"', page)
    assert decisions == ["pay", "decline", "pay_untold", "pay_told_twice", "pay_late"]


def test_page_may_load_nothing_foreign_and_leads_back_only(cashier: CashierProcess) -> None:
    answer = requests.get(opened(cashier)["pay_url"], timeout=10)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("form-action 'self' http://127.0.0.1:9")
    assert ("unsafe" in policy, "<script" in answer.text, "style=" in answer.text) == (False, False, False)
    assert requests.get(f"{cashier.url}/cashier.css", timeout=10).headers["Content-Type"].startswith("text/css")


def test_titles_are_text_and_never_markup(cashier: CashierProcess) -> None:
    page = requests.get(opened(cashier, title="<b onclick=x>A-12</b>")["pay_url"], timeout=10)
    assert "&lt;b onclick=x&gt;A-12" in page.text


def test_nobody_pays_without_the_orders_secret(cashier: CashierProcess) -> None:
    new = opened(cashier)
    for token in (new["order"], new["number"], "x", ""):
        assert requests.get(f"{cashier.url}/pay/{token}", timeout=10).status_code == 404
        assert cashier.decide(f"{cashier.url}/pay/{token}", "pay").status_code == 404
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert cashier.decide(new["pay_url"], "pay", headers=foreign).status_code == 403
    assert cashier.decide(new["pay_url"], "burn").status_code == 400
    assert cashier.decide(new["pay_url"], "decline").headers["Location"] == "http://127.0.0.1:9/back"
    assert ask(cashier, "GET", f"/orders/{new['order']}").json()["state"] == "open"


def test_body_that_is_too_long_is_refused(cashier: CashierProcess) -> None:
    assert requests.post(f"{cashier.url}/orders", data=b"x" * 20_000, timeout=10).status_code == 413


def test_health(cashier: CashierProcess) -> None:
    assert requests.get(f"{cashier.url}/healthz", timeout=10).json() == {"status": "ok"}


def test_killed_bank_goes_on_telling_what_was_paid(tmp_path: Path) -> None:
    bank = CashierProcess(tmp_path / "bank.sqlite3").start()
    try:
        merchant = Merchant()
        merchant.close()  # nobody is at home when the order is paid
        new = opened(bank, notify_url=merchant.url)
        assert bank.decide(new["pay_url"], "pay").status_code == 303
        bank.kill()
        bank.start()
        assert ask(bank, "GET", f"/orders/{new['order']}").json()["state"] == "paid"
        again = Merchant(port=merchant.server_address[1])
        try:
            assert again.next()["order"] == new["order"]
        finally:
            again.close()
    finally:
        assert bank.stop() == 0
    with closing(sqlite3.connect(tmp_path / "bank.sqlite3")) as store:
        assert store.execute("SELECT count(*) FROM orders WHERE state = 'paid'").fetchone() == (1,)


@pytest.mark.parametrize("missing", ["BERTH_SANDBOX_PROVIDER_KEY", "BERTH_CASHIER_STORE"])
def test_bank_without_its_settings_says_so(tmp_path: Path, missing: str) -> None:
    everything = {
        "BERTH_CASHIER_PORT": "0",
        "BERTH_CASHIER_STORE": str(tmp_path / "b"),
        "BERTH_SANDBOX_PROVIDER_KEY": PROVIDER_KEY,
        "BERTH_SANDBOX_MERCHANT_PUBLIC_KEY": public_key_of(MERCHANT_KEY),
    }
    del everything[missing]
    done = subprocess.run(
        [sys.executable, "-m", "finance.sandbox_cashier"],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}", **everything},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, missing in done.stderr) == (2, True)
