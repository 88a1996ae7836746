"""Tells the merchant what was paid, again and again with growing pauses, until the merchant says that it knows."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time

import requests

from berth.kernel.signatures import sign
from finance.providers.sandbox_signing import SIGNATURE, TIMESTAMP, notification_text
from finance.sandbox_cashier.orders import Orders
from finance.sandbox_cashier.store import Store

log = logging.getLogger(__name__)

LONGEST_PAUSE = 300
TIMEOUT = (3.05, 10)
IDLE = 1.0
"""Seconds between two looks at the store when nobody wakes us."""

_DUE = """
SELECT event_id, order_id, body, attempts FROM notifications
WHERE copies_left > 0 AND next_at <= ? ORDER BY next_at LIMIT 20
"""


def pause_after(attempts: int) -> int:
    """Seconds to wait after this many failures: 1, 2, 4 … 300."""
    return int(min(2 ** (max(attempts, 1) - 1), LONGEST_PAUSE))


class Notifier(threading.Thread):
    """One thread; what it has to do is in the store, so that the next process goes on with it."""

    def __init__(self, store: Store, orders: Orders, provider_key: str) -> None:
        super().__init__(name="notifier", daemon=True)
        self._store = store
        self._orders = orders
        self._key = provider_key
        self._woken = threading.Event()
        self._stopping = False

    def wake(self) -> None:
        """Something may be due now."""
        self._woken.set()

    def stop(self) -> None:
        self._stopping = True
        self.wake()

    def run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            try:
                self._orders.take_late_money()
                self._send_due()
            except sqlite3.Error:  # a full disk, say: what is due stays due
                log.exception("notifications wait")
            self._woken.wait(IDLE)

    def _send_due(self) -> None:
        with self._store.read() as db:
            due = db.execute(_DUE, [time.time()]).fetchall()
        for row in due:
            if self._stopping:
                return
            self._send(row)

    def _send(self, row: sqlite3.Row) -> None:
        url = self._orders.by_id(row["order_id"]).notify_url
        problem = self._post(url, row["body"])
        with self._store.write() as db:
            if problem is None:
                db.execute(
                    "UPDATE notifications SET copies_left = copies_left - 1, attempts = 0 WHERE event_id = ?",
                    [row["event_id"]],
                )
                return
            attempts = row["attempts"] + 1
            next_at = time.time() + pause_after(attempts)
            values = [attempts, next_at, row["event_id"]]
            db.execute("UPDATE notifications SET attempts = ?, next_at = ? WHERE event_id = ?", values)
        if attempts == 1:
            log.warning("%s not delivered, tried again until it is: %s", row["event_id"], problem)

    def _post(self, url: str, body: bytes) -> str | None:
        """None when the merchant answered that it knows; otherwise what happened."""
        timestamp = str(int(time.time()))
        signature = sign(self._key, notification_text(timestamp, body))
        headers = {TIMESTAMP: timestamp, SIGNATURE: signature, "Content-Type": "application/json"}
        try:
            answer = requests.post(url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            return type(error).__name__
        return None if answer.status_code == 200 and _says_success(answer.content) else str(answer.status_code)


def _says_success(content: bytes) -> bool:
    try:
        answer = json.loads(content)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("code") == "SUCCESS"
