"""Identifiers made by the client, ordered by time, so that an insert can be repeated and indexes stay dense."""

from __future__ import annotations

import secrets
import time
import uuid

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def uuid7() -> uuid.UUID:
    """A version 7 UUID (RFC 9562, 5.7): 48 bits of Unix milliseconds, then random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return uuid.UUID(int=value)


def short_reference(length: int = 8) -> str:
    """A code that people read out: no 0/O, 1/I/L. 31^8 values at the default length; uniqueness is the column's."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
