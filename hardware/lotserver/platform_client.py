"""Requests to the platform, signed with the lot's own key (hardware.api verifies them)."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any
from urllib.parse import urlencode

import requests

from berth.kernel.signatures import sign
from hardware.lotserver.config import ServerConfig

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

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str, **query: int | str) -> dict[str, Any]:
        return self._send("GET", f"{path}?{urlencode(query)}" if query else path, b"")

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._send("POST", path, json.dumps(body, ensure_ascii=False).encode())

    def _send(self, method: str, target: str, body: bytes) -> dict[str, Any]:
        headers = signature_headers(self._config, method, target, body, time.time())
        if body:
            headers["Content-Type"] = "application/json"
        try:
            response = self._session.request(
                method,
                self._config.platform_url + target,
                data=body or None,
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
            answer = response.json()
        except (requests.RequestException, ValueError) as error:
            raise PlatformUnreachable(type(error).__name__) from error
        if response.status_code != 200 or not isinstance(answer, dict):
            raise PlatformUnreachable(f"HTTP {response.status_code}", response.status_code)
        return answer
