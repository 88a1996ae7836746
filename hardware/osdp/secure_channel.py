"""OSDP Secure Channel: AES-128 keys, the mutual handshake, and the MAC chain of a session.

=======  ==========================================================
SCS_11   CHLNG    panel → peripheral, random number A
SCS_12   CCRYPT   peripheral → panel, random number B, cryptogram
SCS_13   SCRYPT   panel → peripheral, cryptogram
SCS_14   RMAC_I   peripheral → panel, first MAC of the chain
SCS_15   command with MAC     SCS_16   reply with MAC
SCS_17   the same, encrypted  SCS_18   the same, encrypted
=======  ==========================================================

Each MAC is the CBC-MAC of the frame, started from the last MAC of the *other* direction, so a frame that is lost,
repeated or moved breaks the chain. Encryption is CBC, started from the complement of that same MAC.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.constant_time import bytes_eq

from .frames import MAC_LENGTH, Frame, SecurityBlock

#: The install key that every device ships with: no secret, accepted only where it is explicitly allowed.
SCBK_D = bytes(range(0x30, 0x40))
BLOCK = 16

SCS_11, SCS_12, SCS_13, SCS_14, SCS_15, SCS_16, SCS_17, SCS_18 = range(0x11, 0x19)
_BLOCKS = {kind: SecurityBlock(kind) for kind in (SCS_15, SCS_16, SCS_17, SCS_18)}
_ONES = b"\xff" * BLOCK


class SecureChannelError(Exception):
    """A frame that does not belong to the session: wrong MAC, wrong block, wrong padding."""


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """Keys of one session, derived from the base key and the panel's random number."""

    encryption: bytes
    mac1: bytes
    mac2: bytes

    def __repr__(self) -> str:
        return "SessionKeys(…)"


def _ecb(key: bytes, data: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 — the standard prescribes it
    return encryptor.update(data) + encryptor.finalize()


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(BLOCK)


class _Chaining:
    """AES-CBC under one key with many IVs: one context for the session, since a new one costs more than a frame."""

    __slots__ = ("_decrypt", "_encrypt")

    def __init__(self, key: bytes) -> None:
        cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 — the chaining is done here
        self._encrypt, self._decrypt = cipher.encryptor(), cipher.decryptor()

    def encrypt(self, iv: bytes, data: bytes) -> bytes:
        out = b""
        for at in range(0, len(data), BLOCK):
            iv = self._encrypt.update(_xor(iv, data[at : at + BLOCK]))
            out += iv
        return out

    def decrypt(self, iv: bytes, data: bytes) -> bytes:
        out = b""
        for at in range(0, len(data), BLOCK):
            block = data[at : at + BLOCK]
            out += _xor(iv, self._decrypt.update(block))
            iv = block
        return out


def derive_session_keys(base_key: bytes, panel_random: bytes) -> SessionKeys:
    """S-ENC, S-MAC1 and S-MAC2 from the base key (16 bytes) and the panel's random number (8 bytes)."""
    seed = panel_random[:6] + bytes(8)
    return SessionKeys(*(_ecb(base_key, label + seed) for label in (b"\x01\x82", b"\x01\x01", b"\x01\x02")))


def client_cryptogram(keys: SessionKeys, panel_random: bytes, peripheral_random: bytes) -> bytes:
    """The peripheral's proof, sent in CCRYPT."""
    return _ecb(keys.encryption, panel_random + peripheral_random)


def server_cryptogram(keys: SessionKeys, panel_random: bytes, peripheral_random: bytes) -> bytes:
    """The panel's proof, sent in SCRYPT."""
    return _ecb(keys.encryption, peripheral_random + panel_random)


def initial_mac(keys: SessionKeys, cryptogram: bytes) -> bytes:
    """The first reply MAC, sent in RMAC_I; ``cryptogram`` is the server cryptogram."""
    return _ecb(keys.mac2, _ecb(keys.mac1, cryptogram))


def same(left: bytes, right: bytes) -> bool:
    """Comparison in constant time."""
    return bytes_eq(left, right)


def _pad(data: bytes) -> bytes:
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)


def _unpad(data: bytes) -> bytes:
    body = data.rstrip(b"\0")
    if body[-1:] != b"\x80" or len(data) - len(body) >= BLOCK:
        raise SecureChannelError("padding")
    return body[:-1]


@dataclass(slots=True)
class Session:
    """One secure session; the same object serves either end, the direction is read from the frame.

    A frame that fails :meth:`open` changes nothing. We encrypt all data; data that the other end has authenticated but
    not encrypted (SCS_15 and SCS_16 with data, as some send a NAK) is taken: its origin is proved.
    """

    keys: SessionKeys
    reply_mac: bytes
    command_mac: bytes = bytes(BLOCK)
    _data: _Chaining = field(init=False, repr=False)
    _mac1: _Chaining = field(init=False, repr=False)
    _mac2: _Chaining = field(init=False, repr=False)

    def __post_init__(self) -> None:
        keys = self.keys
        self._data, self._mac1, self._mac2 = _Chaining(keys.encryption), _Chaining(keys.mac1), _Chaining(keys.mac2)

    def seal(self, frame: Frame) -> Frame:
        """Encrypt the data, if any, add the MAC, and advance the chain."""
        kind = (SCS_18 if frame.is_reply else SCS_17) if frame.data else (SCS_16 if frame.is_reply else SCS_15)
        data = self._data.encrypt(self._iv(frame), _pad(frame.data)) if frame.data else b""
        mac = self._mac(frame.remade(_BLOCKS[kind], b"", data))
        self._advance(frame, mac)
        return frame.remade(_BLOCKS[kind], mac[:MAC_LENGTH], data)

    def open(self, frame: Frame) -> Frame:
        """Check the MAC, decrypt, and advance the chain. Raises :class:`SecureChannelError`."""
        kinds = (SCS_16, SCS_18) if frame.is_reply else (SCS_15, SCS_17)
        if frame.security is None or frame.security.kind not in kinds:
            raise SecureChannelError("not a frame of a secure session")
        mac = self._mac(frame)
        if not same(mac[:MAC_LENGTH], frame.mac):
            raise SecureChannelError("MAC")
        data = frame.data
        if frame.security.kind == kinds[1]:
            if not data or len(data) % BLOCK:
                raise SecureChannelError("encrypted data is not whole blocks")
            data = _unpad(self._data.decrypt(self._iv(frame), data))
        self._advance(frame, mac)
        return frame.remade(None, b"", data)

    def _last_of_other_side(self, frame: Frame) -> bytes:
        return self.command_mac if frame.is_reply else self.reply_mac

    def _iv(self, frame: Frame) -> bytes:
        return _xor(self._last_of_other_side(frame), _ONES)

    def _mac(self, frame: Frame) -> bytes:
        """CBC-MAC with S-MAC1 for all blocks but the last, which takes S-MAC2."""
        data = frame.authenticated_part()
        if len(data) % BLOCK:
            data = _pad(data)
        iv = self._last_of_other_side(frame)
        if len(data) > BLOCK:
            iv = self._mac1.encrypt(iv, data[:-BLOCK])[-BLOCK:]
        return self._mac2.encrypt(iv, data[-BLOCK:])

    def _advance(self, frame: Frame, mac: bytes) -> None:
        if frame.is_reply:
            self.reply_mac = mac
        else:
            self.command_mac = mac
