"""Ed25519 signatures over bytes (RFC 8032), keys and signatures as base64 text. Free of Django: lot servers use it."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def new_private_key() -> str:
    """A fresh private key: 32 bytes as base64."""
    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def public_key_of(private_key: str) -> str:
    """The public key (base64) that belongs to a private key (base64)."""
    return base64.b64encode(_private(private_key).public_key().public_bytes_raw()).decode()


def sign(private_key: str, message: bytes) -> str:
    """Signature of ``message`` as base64 (64 bytes)."""
    return base64.b64encode(_private(private_key).sign(message)).decode()


def verify(public_key: str, message: bytes, signature: str) -> bool:
    """True only for a well-formed signature of exactly this message by this key; never raises for bad input."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def _private(private_key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(private_key, validate=True))
