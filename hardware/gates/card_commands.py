"""What a host asks a card machine, and what the answers mean.

==================  =======  =========  ============================================================================
command             code     parameter  effect
==================  =======  =========  ============================================================================
initialise          30       33         stop, leave a card where it is (30: to the mouth, 31: into the bin)
status              31       30         –
move                32       30 · 32    to the mouth, held there · to the reader (from the magazine if none is inside)
                             33 · 39    into the bin (captured) · out of the mouth, let go
entry               33       30 · 31    take cards that are put in at the mouth · do not
activate            60       30         find the chip; data: length of the UID, UID
exchange            60       33         to the chip: 00 B0 sector block count · 00 D1 sector block count bytes;
                                        from it: bytes, then 90 00, or another two-byte status
==================  =======  =========  ============================================================================

The status is three characters: where a card is (0 nowhere, 1 at the mouth, 2 at the reader), the magazine (0 empty, 1 few,
2 enough) and the bin (0 has room, 1 full).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from hardware.gates.frames import Frame, Kind

BLOCK = 16
SECTOR = 1
FIRST_BLOCK = 0
"""Where the credential stands on the chip: blocks of 16 bytes from here on, at most three to a sector."""
CHIP_DONE = b"\x90\x00"


class Command(IntEnum):
    INITIALISE = 0x30
    STATUS = 0x31
    MOVE = 0x32
    ENTRY = 0x33
    CHIP = 0x60


class Initialise(IntEnum):
    TO_MOUTH = 0x30
    CAPTURE = 0x31
    LEAVE = 0x33


class Move(IntEnum):
    TO_MOUTH = 0x30
    TO_READER = 0x32
    TO_BIN = 0x33
    OUT = 0x39


class Entry(IntEnum):
    ENABLE = 0x30
    DISABLE = 0x31


class Chip(IntEnum):
    ACTIVATE = 0x30
    EXCHANGE = 0x33


class CardPlace(IntEnum):
    NOWHERE = ord("0")
    MOUTH = ord("1")
    READER = ord("2")


class Stock(IntEnum):
    EMPTY = ord("0")
    FEW = ord("1")
    ENOUGH = ord("2")


class Bin(IntEnum):
    ROOM = ord("0")
    FULL = ord("1")


class Fault(StrEnum):
    """Why a command was not done: two characters in the answer."""

    UNKNOWN_COMMAND = "00"
    UNKNOWN_PARAMETER = "01"
    NOT_POSSIBLE = "02"
    WRONG_DATA = "04"
    JAMMED = "10"
    NO_CHIP = "60"
    MAGAZINE_EMPTY = "A0"
    BIN_FULL = "A1"
    NOT_INITIALISED = "B0"
    OTHER = "??"


@dataclass(frozen=True, slots=True)
class MachineStatus:
    card: CardPlace
    stock: Stock
    bin: Bin

    def encode(self) -> bytes:
        return bytes([self.card, self.stock, self.bin])


class AnswerError(ValueError):
    """An answer that is none of this protocol."""


def command(code: Command, parameter: int, data: bytes = b"") -> Frame:
    return Frame(Kind.COMMAND, code, parameter, data)


def status_of(frame: Frame) -> MachineStatus:
    """The status in a DONE frame. Raises AnswerError."""
    try:
        return MachineStatus(CardPlace(frame.data[0]), Stock(frame.data[1]), Bin(frame.data[2]))
    except (ValueError, IndexError) as error:
        raise AnswerError(f"no status: {frame.data.hex()}") from error


def fault_of(frame: Frame) -> Fault:
    """The fault in a FAILED frame."""
    try:
        return Fault(frame.data[:2].decode("ascii"))
    except (ValueError, UnicodeDecodeError):
        return Fault.OTHER


def read_blocks(count: int) -> Frame:
    return command(Command.CHIP, Chip.EXCHANGE, bytes([0x00, 0xB0, SECTOR, FIRST_BLOCK, count]))


def write_blocks(data: bytes) -> Frame:
    """``data`` fills whole blocks."""
    head = bytes([0x00, 0xD1, SECTOR, FIRST_BLOCK, len(data) // BLOCK])
    return command(Command.CHIP, Chip.EXCHANGE, head + data)
