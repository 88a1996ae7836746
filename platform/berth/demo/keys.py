"""Secrets of one demo: generated once, kept in a file that only its owner reads."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from berth.kernel.signatures import new_private_key, public_key_of
from berth.services.credentials import write_private

KEY_PAIRS = {
    "BERTH_SANDBOX_MERCHANT_KEY": "BERTH_SANDBOX_MERCHANT_PUBLIC_KEY",
    "BERTH_SANDBOX_PROVIDER_KEY": "BERTH_SANDBOX_PROVIDER_PUBLIC_KEY",
}
"""Private key and the public key that the other side holds."""


def load_or_create(directory: Path) -> dict[str, str]:
    """Environment variables with all keys of the demo; public ones are derived."""
    path = directory / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    made = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        **{name: new_private_key() for name in ("BERTH_GRANT_SIGNING_KEY", *KEY_PAIRS)},
    }
    if made.keys() - kept.keys():
        kept = {**made, **kept}
        write_private(path, json.dumps(kept, indent=1))
    return {**kept, **{public: public_key_of(kept[private]) for private, public in KEY_PAIRS.items()}}
