"""Frames between a host and a card machine of the CRT-571/591 kind, which moves, writes and captures cards.

    STX F2 · address u8 · length u16 (big endian) · kind · command · parameter · data · ETX 03 · BCC

``length`` counts from kind to the end of the data; BCC is the exclusive or of every byte from STX to ETX. ``kind`` is C
(command), P (it was done) or E (it was not). Each frame is answered with one byte: ACK, or NAK for a wrong BCC, whereupon
it is sent again. EOT from the host cancels what the machine has still to say. Line: 9600 8N1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import reduce
from operator import xor

STX, ETX = 0xF2, 0x03
LONGEST_DATA = 512
_HEAD = 4
_TAIL = 2


class Control(IntEnum):
    """One byte between frames."""

    EOT = 0x04
    ACK = 0x06
    NAK = 0x15


class Kind(IntEnum):
    """Whose frame it is and how it went."""

    COMMAND = ord("C")
    DONE = ord("P")
    FAILED = ord("E")


@dataclass(frozen=True, slots=True)
class Frame:
    """``command`` and ``parameter`` are repeated in the answer. Data of DONE: status of 3 bytes, then the result."""

    kind: Kind
    command: int
    parameter: int
    data: bytes = b""
    address: int = 0

    def encode(self) -> bytes:
        body = bytes([self.kind, self.command, self.parameter]) + self.data
        text = bytes([STX, self.address]) + len(body).to_bytes(2, "big") + body + bytes([ETX])
        return text + bytes([bcc(text)])


@dataclass(frozen=True, slots=True)
class Damaged:
    """Bytes that looked like a frame and were not: wrong BCC, end, kind or length."""

    reason: str


Item = Frame | Control | Damaged


def bcc(text: bytes) -> int:
    """Block check: exclusive or."""
    return reduce(xor, text, 0)


class Decoder:
    """Bytes as they come to frames, control bytes and damaged frames; what is none of these is skipped."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> bool:
        """Half a frame is here."""
        return bool(self._buffer)

    def reset(self) -> None:
        """Give up half a frame: the line has been silent for too long."""
        self._buffer.clear()

    def feed(self, data: bytes) -> list[Item]:
        self._buffer += data
        items: list[Item] = []
        while self._buffer:
            before = len(self._buffer)
            item = self._next()
            if item is not None:
                items.append(item)
            if len(self._buffer) == before:
                break
        return items

    def _next(self) -> Item | None:
        first = self._buffer[0]
        if first in Control:
            del self._buffer[0]
            return Control(first)
        if first != STX:
            del self._buffer[0]
            return None
        if len(self._buffer) < _HEAD:
            return None
        length = int.from_bytes(self._buffer[2:4], "big")
        if not 3 <= length <= LONGEST_DATA:
            del self._buffer[0]
            return Damaged("length")
        if len(self._buffer) < _HEAD + length + _TAIL:
            return None
        text = bytes(self._buffer[: _HEAD + length + _TAIL])
        del self._buffer[: len(text)]
        return _parse(text)


def _parse(text: bytes) -> Frame | Damaged:
    if bcc(text[:-1]) != text[-1]:
        return Damaged("check")
    if text[-2] != ETX:
        return Damaged("end")
    if text[4] not in Kind:
        return Damaged("kind")
    return Frame(Kind(text[4]), text[5], text[6], text[7:-2], text[1])
