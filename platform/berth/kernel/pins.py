"""PINs of lot staff: only ever stored as scrypt hashes. Free of Django: lot servers check them."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

COST, BLOCK, LANES = 2**14, 8, 1
"""About 50 ms and 16 MB for each try."""
PATTERN = re.compile(r"[0-9]{6,12}")
_WEAK = {"0123456789", "9876543210"}


def is_good(pin: str) -> bool:
    """Six to twelve digits that are neither all the same nor a run."""
    if not PATTERN.fullmatch(pin) or len(set(pin)) < 3:
        return False
    return not any(pin in run + run for run in _WEAK)


def hash_pin(pin: str) -> str:
    """``scrypt$<salt>$<hash>``, both in hex."""
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_derive(pin, salt).hex()}"


def check_pin(pin: str, stored: str) -> bool:
    """True only for the PIN of this hash; never raises for bad input."""
    try:
        name, salt, wanted = stored.split("$")
        return name == "scrypt" and hmac.compare_digest(_derive(pin, bytes.fromhex(salt)), bytes.fromhex(wanted))
    except ValueError:
        return False


def _derive(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin[:64].encode(), salt=salt, n=COST, r=BLOCK, p=LANES, dklen=32)
