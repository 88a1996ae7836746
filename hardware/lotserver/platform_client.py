"""Requests to the platform, signed with the lot's own key (hardware.api verifies them)."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import requests

from berth.kernel.signatures import sign
from hardware.lotserver.config import ServerConfig

CLOCK_TOLERANCE = 240
"""Seconds that the platform's clock may differ from ours before we go by its one in what we sign (it takes 300)."""
TIMEOUT = (2.0, 10.0)
"""Seconds to connect, and to wait for an answer."""


class PlatformUnreachable(Exception):
    """No answer, or one that is none: try again later. ``status`` is the HTTP status, 0 where none came."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


def signature_headers(config: ServerConfig, method: str, target: str, body: bytes, now: float) -> dict[str, str]:
    """Headers over METHOD, path with query, time and SHA-256 of the body."""
    timestamp = str(int(now))
    message = "\n".join((method, target, timestamp, hashlib.sha256(body).hexdigest())).encode()
    return {
        "Berth-Lot": config.lot,
        "Berth-Timestamp": timestamp,
        "Berth-Signature": sign(config.lot_private_key, message),
    }


class PlatformClient:
    """One connection that is kept; for one thread."""

    def __init__(self, config: ServerConfig, clock: Callable[[], float] = time.time) -> None:
        self._config = config
        self._clock = clock
        self._ahead = 0.0
        """What the platform's clock is ahead of ours, as far as its refusals told: it takes no request that is old."""
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str, **query: int | str) -> dict[str, Any]:
        return self._send("GET", f"{path}?{urlencode(query)}" if query else path, b"")

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._send("POST", path, json.dumps(body, ensure_ascii=False).encode())

    def _send(self, method: str, target: str, body: bytes) -> dict[str, Any]:
        response = self._signed(method, target, body)
        if response.status_code == 401 and self._learn_time(response):
            response = self._signed(method, target, body)
        try:
            answer = response.json()
        except ValueError as error:
            raise PlatformUnreachable("an answer that is no JSON") from error
        if response.status_code != 200 or not isinstance(answer, dict):
            raise PlatformUnreachable(f"HTTP {response.status_code}", response.status_code)
        return answer

    def _learn_time(self, refusal: requests.Response) -> bool:
        """Whether it may have refused us for our clock. Only what we sign goes by this time, nothing that we judge."""
        try:
            theirs = parsedate_to_datetime(refusal.headers.get("Date", "")).timestamp()
        except (TypeError, ValueError):
            return False
        before, self._ahead = self._ahead, theirs - self._clock()
        return abs(self._ahead - before) > CLOCK_TOLERANCE

    def _signed(self, method: str, target: str, body: bytes) -> requests.Response:
        headers = signature_headers(self._config, method, target, body, self._clock() + self._ahead)
        if body:
            headers["Content-Type"] = "application/json"
        try:
            return self._session.request(
                method,
                self._config.platform_url + target,
                data=body or None,
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise PlatformUnreachable(type(error).__name__) from error
