"""What the process is told by its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Configuration:
    """Keys are Ed25519, 32 bytes as base64: ours private, the merchant's public."""

    host: str
    port: int
    store: Path
    provider_key: str
    merchant_public_key: str
    past: Path | None = None
    """A JSON list of orders that were paid before this bank opened (orders.PastOrder): a demo's seeded history."""

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Configuration:
        """Raises KeyError for the name that is missing."""
        return cls(
            host=environment.get("BERTH_CASHIER_HOST", "127.0.0.1"),
            port=int(environment["BERTH_CASHIER_PORT"]),
            store=Path(environment["BERTH_CASHIER_STORE"]),
            provider_key=environment["BERTH_SANDBOX_PROVIDER_KEY"],
            merchant_public_key=environment["BERTH_SANDBOX_MERCHANT_PUBLIC_KEY"],
            past=Path(environment["BERTH_CASHIER_PAST"]) if environment.get("BERTH_CASHIER_PAST") else None,
        )
