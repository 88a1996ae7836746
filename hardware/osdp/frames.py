"""OSDP frames: one packet on the wire, and a decoder that finds packets in any stream of bytes.

Layout: SOM 0x53 · address (bit 7 set in replies) · length u16 LE · control · [security block] · code · data ·
[MAC, 4] · CRC-16 LE or checksum. Control: bits 0–1 sequence, bit 2 CRC, bit 3 security block; the others are zero.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from .integrity import checksum, crc16

SOM = 0x53
BROADCAST = 0x7F
REPLY_BIT = 0x80
MAX_LENGTH = 1440
HEADER_LENGTH = 5
MAC_LENGTH = 4

_SEQUENCE_MASK, _CRC_BIT, _SECURITY_BIT = 0x03, 0x04, 0x08
_RESERVED_BITS = 0xF0


@dataclass(frozen=True, slots=True)
class SecurityBlock:
    """The security block: ``kind`` 0x11–0x18 (SCS_11–SCS_18) and its data (key selector or status in the handshake)."""

    kind: int
    data: bytes = b""

    @property
    def has_mac(self) -> bool:
        return 0x15 <= self.kind <= 0x18

    def encode(self) -> bytes:
        return bytes((2 + len(self.data), self.kind)) + self.data


@dataclass(frozen=True, slots=True)
class Frame:
    """One packet. ``address`` is without the reply bit; ``data`` is what follows the code, encrypted or not."""

    address: int
    sequence: int
    code: int
    data: bytes = b""
    is_reply: bool = False
    security: SecurityBlock | None = None
    mac: bytes = b""
    use_crc: bool = True

    def remade(self, security: SecurityBlock | None, mac: bytes, data: bytes) -> Frame:
        """The same frame in other clothes."""
        return Frame(self.address, self.sequence, self.code, data, self.is_reply, security, mac, self.use_crc)

    def authenticated_part(self) -> bytes:
        """All bytes before the MAC, with the length they will have on the wire: what the MAC is computed over."""
        block = self.security.encode() if self.security else b""
        mac_length = MAC_LENGTH if self.security and self.security.has_mac else 0
        length = HEADER_LENGTH + len(block) + 1 + len(self.data) + mac_length + (2 if self.use_crc else 1)
        if length > MAX_LENGTH:
            raise ValueError(f"a frame of {length} bytes exceeds {MAX_LENGTH}")
        control = self.sequence | (_CRC_BIT if self.use_crc else 0) | (_SECURITY_BIT if self.security else 0)
        address = self.address | (REPLY_BIT if self.is_reply else 0)
        return bytes((SOM, address, length & 0xFF, length >> 8, control)) + block + bytes((self.code,)) + self.data

    def encode(self) -> bytes:
        """Bytes for the wire. Raises ``ValueError`` for a frame that is too long or lacks its MAC."""
        if bool(self.security and self.security.has_mac) != (len(self.mac) == MAC_LENGTH):
            raise ValueError("SCS_15 to SCS_18 carry a MAC of 4 bytes, the others none")
        body = self.authenticated_part() + self.mac
        return body + (crc16(body).to_bytes(2, "little") if self.use_crc else bytes((checksum(body),)))


class Fault(StrEnum):
    """Why bytes were rejected."""

    NOISE = "noise"
    LENGTH = "length"
    CONTROL = "control"
    SECURITY_BLOCK = "security_block"
    INTEGRITY = "integrity"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class FrameError:
    """Something that began like a frame and was none. ``address`` may itself be corrupt."""

    fault: Fault
    address: int
    length: int


@dataclass(slots=True)
class FrameDecoder:
    """Finds frames in a stream. Never raises, whatever it is fed; a rejected start of frame costs one byte.

    ``rejected`` counts rejected candidates by fault, except ``Fault.NOISE`` which counts bytes outside of any frame.
    ``crc_only`` refuses the weaker checksum, which damage to the control byte could otherwise select.
    """

    max_length: int = MAX_LENGTH
    crc_only: bool = False
    accepted: int = 0
    rejected: Counter[Fault] = field(default_factory=Counter)
    _buffer: bytearray = field(default_factory=bytearray)

    @property
    def pending(self) -> int:
        """Bytes of a frame that has not arrived completely."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Frame | FrameError]:
        """Take what the wire delivered, in pieces of any size, and return what became complete."""
        self._buffer += data
        found: list[Frame | FrameError] = []
        while self._skip_to_som() and (item := self._take()) is not None:
            found.append(item)
        return found

    def flush(self) -> list[Frame | FrameError]:
        """The line has been silent: the frame that was pending will not be completed. Look for others inside it."""
        found: list[Frame | FrameError] = []
        while self._buffer:
            found.append(self._reject(Fault.TRUNCATED))
            found.extend(self.feed(b""))
        return found

    def _skip_to_som(self) -> bool:
        start = self._buffer.find(SOM)
        skipped = len(self._buffer) if start < 0 else start
        if skipped:
            self.rejected[Fault.NOISE] += skipped
            del self._buffer[:skipped]
        return start >= 0

    def _take(self) -> Frame | FrameError | None:
        """The frame at the start of the buffer, or its rejection, or None while bytes are missing."""
        if len(self._buffer) < HEADER_LENGTH:
            return None
        length = self._buffer[2] | self._buffer[3] << 8
        if fault := self._header_fault(length, self._buffer[4]):
            return self._reject(fault)
        if len(self._buffer) < length:
            return None
        outcome = parse(bytes(self._buffer[:length]))
        if isinstance(outcome, Fault):
            return self._reject(outcome)
        del self._buffer[:length]
        self.accepted += 1
        return outcome

    def _header_fault(self, length: int, control: int) -> Fault | None:
        if control & _RESERVED_BITS or (self.crc_only and not control & _CRC_BIT):
            return Fault.CONTROL
        shortest = HEADER_LENGTH + 1 + (2 if control & _CRC_BIT else 1) + (2 if control & _SECURITY_BIT else 0)
        return None if shortest <= length <= self.max_length else Fault.LENGTH

    def _reject(self, fault: Fault) -> FrameError:
        error = FrameError(fault, self._buffer[1] if len(self._buffer) > 1 else BROADCAST, len(self._buffer))
        self.rejected[fault] += 1
        del self._buffer[0]
        return error


def parse(raw: bytes) -> Frame | Fault:
    """A frame out of exactly its bytes, whose header has been found plausible; else what is wrong with it."""
    control = raw[4]
    use_crc = bool(control & _CRC_BIT)
    end = len(raw) - (2 if use_crc else 1)
    if (crc16(raw[:end]).to_bytes(2, "little") if use_crc else bytes((checksum(raw[:end]),))) != raw[end:]:
        return Fault.INTEGRITY
    start, security = HEADER_LENGTH, None
    if control & _SECURITY_BIT:
        start += raw[HEADER_LENGTH]
        security = SecurityBlock(raw[HEADER_LENGTH + 1], raw[HEADER_LENGTH + 2 : start])
        if raw[HEADER_LENGTH] < 2 or not 0x11 <= security.kind <= 0x18:
            return Fault.SECURITY_BLOCK
        end -= MAC_LENGTH if security.has_mac else 0
    if start >= end:
        return Fault.LENGTH
    mac = raw[end : end + MAC_LENGTH] if security and security.has_mac else b""
    return Frame(
        address=raw[1] & ~REPLY_BIT, is_reply=bool(raw[1] & REPLY_BIT), sequence=control & _SEQUENCE_MASK,
        code=raw[start], data=raw[start + 1 : end], security=security, mac=mac, use_crc=use_crc,
    )  # fmt: skip
