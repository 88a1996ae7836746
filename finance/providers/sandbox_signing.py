"""What the two sides of the sandbox protocol sign. Free of Django: the cashier's process uses it too.

Each text starts with its own word, so that a signature made for one purpose is worth nothing for another. Signatures
are Ed25519 (berth.kernel.signatures), sent in ``Sandbox-Signature``; times are Unix seconds in ``Sandbox-Timestamp``.
"""

from __future__ import annotations

import hashlib

TIMESTAMP = "Sandbox-Timestamp"
SIGNATURE = "Sandbox-Signature"
MAX_SKEW = 300
"""Seconds by which the other side's clock may differ from ours."""


def request_text(method: str, target: str, timestamp: str, body: bytes) -> bytes:
    """Merchant to provider. ``target`` is the path with its query."""
    return _text("sandbox-request", method, target, timestamp, body)


def answer_text(request_signature: str, status: int, body: bytes) -> bytes:
    """Provider to merchant. It names the request's signature, so that an old answer cannot be given again."""
    return _text("sandbox-answer", request_signature, str(status), body)


def notification_text(timestamp: str, body: bytes) -> bytes:
    """Provider to merchant, on its own account."""
    return _text("sandbox-notification", timestamp, body)


def fresh(timestamp: str, now: float) -> bool:
    """Whether this is a time, and one at most MAX_SKEW away."""
    return (
        timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 and abs(now - int(timestamp)) <= MAX_SKEW
    )


def _text(*parts: str | bytes) -> bytes:
    texts = [hashlib.sha256(part).hexdigest() if isinstance(part, bytes) else part for part in parts]
    return "\n".join(texts).encode()
