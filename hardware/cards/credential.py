"""The credential on an IC card: what it says, and an AES-CMAC that only the lot can make.

Layout, big endian, 40 bytes: version u8 (1) · key id u8 · lot u32 (CRC-32 of the lot's code) · chip UID 7 bytes ·
member u64 · valid until u32 (Unix seconds) · issue number u32 · flags u8 · tap counter u16 · tag 8 bytes.

The tag is the first 8 bytes of AES-CMAC (RFC 4493) over all before it, under a key of this card alone: the lot's master
key diversified by the chip's UID as in NXP AN10922 (2.2, AES-128). A copy on another chip fails because the reader
reports the chip's own UID only with real media; the issue number is what revokes a card, never the UID.
"""

from __future__ import annotations

import hmac
import struct
import zlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

VERSION = 1
TAG_LENGTH = 8
_BODY = struct.Struct(">BBI7sQIIBH")
LENGTH = _BODY.size + TAG_LENGTH
UID_LENGTH = 7
SYSTEM = b"Berth"
"""The system identifier of AN10922's diversification input."""


class CredentialError(Exception):
    """Not a credential of this lot. ``reason`` is one of: length, version, key, lot, tag."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Credential:
    """What a card says. ``chip_uid`` is hex, upper case; ``valid_until`` Unix seconds."""

    lot: str
    chip_uid: str
    member: int
    valid_until: int
    issue_number: int
    key_id: int = 1
    flags: int = 0
    tap_counter: int = 0


def seal(credential: Credential, master_key: bytes) -> bytes:
    """The bytes to write on the card. Raises ValueError where a field does not fit."""
    uid = bytes.fromhex(credential.chip_uid)
    if len(uid) != UID_LENGTH:
        raise ValueError("a chip UID has 7 bytes")
    try:
        body = _BODY.pack(
            VERSION,
            credential.key_id,
            lot_number(credential.lot),
            uid,
            credential.member,
            credential.valid_until,
            credential.issue_number,
            credential.flags,
            credential.tap_counter,
        )
    except struct.error as error:
        raise ValueError(str(error)) from error
    return body + _tag(body, uid, master_key)


def unseal(data: bytes, lot: str, master_key: bytes, key_id: int = 1) -> Credential:
    """What the card says, if this lot wrote it. Raises CredentialError for everything else, whatever the bytes."""
    if len(data) != LENGTH:
        raise CredentialError("length")
    body, tag = data[:-TAG_LENGTH], data[-TAG_LENGTH:]
    version, key, number, uid, member, valid_until, issue, flags, taps = _BODY.unpack(body)
    if version != VERSION:
        raise CredentialError("version")
    if key != key_id:
        raise CredentialError("key")
    if number != lot_number(lot):
        raise CredentialError("lot")
    if not hmac.compare_digest(tag, _tag(body, uid, master_key)):
        raise CredentialError("tag")
    return Credential(lot, uid.hex().upper(), member, valid_until, issue, key, flags, taps)


def card_key(master_key: bytes, uid: bytes) -> bytes:
    """AES-128 key of one card, diversified from the master key by UID and system identifier (AN10922, 2.2.1)."""
    return diversify(master_key, uid + SYSTEM)


def diversify(master_key: bytes, message: bytes) -> bytes:
    """AN10922 AES-128 diversification of 1 to 31 bytes: CMAC over 0x01 and the message, padded to two blocks."""
    if not 1 <= len(message) <= 31:
        raise ValueError("1 to 31 bytes")
    data = b"\x01" + message
    padded = data if len(data) == 32 else data + b"\x80" + bytes(31 - len(data))
    return _two_block_cmac(master_key, padded, was_padded=len(data) < 32)


def lot_number(code: str) -> int:
    """A lot's code as the number that cards carry."""
    return zlib.crc32(code.encode())


def _tag(body: bytes, uid: bytes, master_key: bytes) -> bytes:
    mac = CMAC(AES(card_key(master_key, uid)))
    mac.update(body)
    return mac.finalize()[:TAG_LENGTH]


def _two_block_cmac(key: bytes, padded: bytes, *, was_padded: bool) -> bytes:
    """CMAC over two blocks: the second is masked with subkey K2 if it was padded, else K1 (NIST SP 800-38B, 6.2)."""

    def encrypt(block: bytes) -> bytes:
        encryptor = Cipher(AES(key), modes.ECB()).encryptor()  # noqa: S305 (one block at a time is what CMAC is made of)
        return encryptor.update(block) + encryptor.finalize()

    subkey = _double(encrypt(bytes(16)))
    if was_padded:
        subkey = _double(subkey)
    first = encrypt(padded[:16])
    last = bytes(a ^ b ^ c for a, b, c in zip(padded[16:], subkey, first, strict=True))
    return encrypt(last)


def _double(block: bytes) -> bytes:
    """Multiply by x in GF(2^128)."""
    value = int.from_bytes(block, "big") << 1
    if value >> 128:
        value = (value & (1 << 128) - 1) ^ 0x87
    return value.to_bytes(16, "big")
