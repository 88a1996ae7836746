"""Whether an order is the platform's: signed by its key (Ed25519, as grants are), for this lot, and whole."""

from __future__ import annotations

import json
from typing import Any

from berth.kernel.signatures import verify


class OrderForged(Exception):
    """Not believed, and nobody is answered. ``reason`` is one of: form, signature, lot."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check(envelope: object, *, lot: str, public_key: str) -> dict[str, Any]:
    """The order in {"payload": "<canonical JSON>", "signature": "<Ed25519 over its bytes>"}.

    How old it is, and who may do what, is for whoever obeys it.
    """
    if not isinstance(envelope, dict):
        raise OrderForged("form")
    payload, signature = envelope.get("payload"), envelope.get("signature")
    if not isinstance(payload, str) or not isinstance(signature, str):
        raise OrderForged("form")
    if not verify(public_key, payload.encode(errors="replace"), signature):
        raise OrderForged("signature")
    try:
        order = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise OrderForged("form") from error
    if not isinstance(order, dict):
        raise OrderForged("form")
    if order.get("lot") != lot:
        raise OrderForged("lot")
    return order
