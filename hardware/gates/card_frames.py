"""Frames of card dispensers and collectors, as the CRT-541 and CRT-571 families speak them over RS-232.

Frame: STX 0xF2 · address · length of the body u16 · body · ETX 0x03 · BCC (exclusive or of all before it).
Body of a command: 'C' · command · parameter · data. Of a reply: 'P' · command · parameter · 3 status bytes · data, or
'N' · command · parameter · 2 error digits. Each frame is first of all answered with ACK 0x06 or NAK 0x15.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

STX, ETX, ACK, NAK = 0xF2, 0x03, 0x06, 0x15
LARGEST_BODY = 512
COMMAND, POSITIVE, NEGATIVE = ord("C"), ord("P"), ord("N")


class Command(IntEnum):
    INITIALISE = 0x30
    STATUS = 0x31
    MOVE = 0x32
    ENTRY = 0x33
    CHIP = 0x60


class Move(IntEnum):
    """Parameters of MOVE. TO_READER takes a card from the stacker, or from the mouth, to the reader."""

    TO_MOUTH = 0x30
    TO_READER = 0x32
    TO_BIN = 0x33


class Entry(IntEnum):
    """Parameters of ENTRY: whether a card that is pushed in is drawn to the reader."""

    ALLOW = 0x30
    REFUSE = 0x31


class Chip(IntEnum):
    """Parameters of CHIP, for the card at the reader. IDENTIFY returns the UID; WRITE and READ move the credential."""

    IDENTIFY = 0x30
    READ = 0x32
    WRITE = 0x33


class Position(IntEnum):
    """First status byte: where the card in the machine is."""

    NO_CARD = ord("0")
    AT_MOUTH = ord("1")
    AT_READER = ord("2")


class Stock(IntEnum):
    """Second status byte: the stacker."""

    EMPTY = ord("0")
    FEW = ord("1")
    ENOUGH = ord("2")


class Fault(IntEnum):
    """Error digits of a negative reply."""

    UNKNOWN_COMMAND = 0x00
    BAD_PARAMETER = 0x01
    NO_CARD = 0x12
    CHIP_SILENT = 0x20
    STACKER_EMPTY = 0xA0
    JAMMED = 0x10
    BIN_FULL = 0xA1


@dataclass(frozen=True, slots=True)
class Status:
    position: Position
    stock: Stock
    bin_full: bool = False

    def encode(self) -> bytes:
        return bytes([self.position, self.stock, ord("1") if self.bin_full else ord("0")])

    @classmethod
    def decode(cls, data: bytes) -> Status:
        """Raises ValueError for a byte that is none of the known ones."""
        if len(data) != 3:
            raise ValueError("three status bytes")
        return cls(Position(data[0]), Stock(data[1]), data[2] == ord("1"))


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole, checked frame's body and address."""

    body: bytes
    address: int = 0

    def encode(self) -> bytes:
        head = bytes([STX, self.address]) + len(self.body).to_bytes(2, "big") + self.body + bytes([ETX])
        return head + bytes([bcc(head)])


def bcc(data: bytes) -> int:
    """Exclusive or of all bytes."""
    value = 0
    for byte in data:
        value ^= byte
    return value


class FrameReader:
    """Takes bytes as they come; gives whole frames, ACK and NAK bytes, and None for a frame that is damaged."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.damaged = 0

    def feed(self, data: bytes) -> list[Frame | int | None]:
        """Never raises, whatever the bytes."""
        self._buffer += data
        items: list[Frame | int | None] = []
        while self._buffer:
            first = self._buffer[0]
            if first in (ACK, NAK):
                items.append(first)
                del self._buffer[0]
            elif first != STX:
                del self._buffer[0]
            elif not self._take(items):
                break
        return items

    def reset(self) -> None:
        """Forget half a frame: the line has been quiet."""
        self._buffer.clear()

    def _take(self, items: list[Frame | int | None]) -> bool:
        """Take one frame from the front; False while more bytes are needed."""
        if len(self._buffer) < 4:
            return False
        length = int.from_bytes(self._buffer[2:4], "big")
        if not 1 <= length <= LARGEST_BODY:
            self._damage(items, 1)
            return True
        whole = length + 6
        if len(self._buffer) < whole:
            return False
        frame = bytes(self._buffer[:whole])
        if frame[-2] != ETX or bcc(frame[:-1]) != frame[-1]:
            self._damage(items, 1)
            return True
        del self._buffer[:whole]
        items.append(Frame(frame[4:-2], frame[1]))
        return True

    def _damage(self, items: list[Frame | int | None], length: int) -> None:
        self.damaged += 1
        items.append(None)
        del self._buffer[:length]
