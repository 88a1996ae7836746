"""Frames of Kerong's CU lock boards (KR-CU12, KR-CU16; KR-CU24, KR-CU48), on RS-485 at 19200 baud 8N1. No I/O.

Facts, as published by users of the boards (protocol tables and frames that were seen on the wire):

* A short frame (CU12, CU16) is STX 02 · ADDR · CMD · ETX 03 · SUM, a long one (CU24, CU48) STX 02 · ADDR · LOCKNUM ·
  CMD · ETX 03 · SUM. SUM is the sum of all bytes before it, modulo 256.
* In a short frame the high half of ADDR is the board (0 to 9; F is every board) and the low half the lock (0 to 15). In
  a long one ADDR is the board and LOCKNUM the lock (0 to 47).
* Short commands: 30 status of the board, 31 unlock; the board answers a status with 02 · ADDR · 35 · hooks of locks 1–8
  and 9–16 · infrared of locks 1–8 and 9–16 · 03 · SUM. Lock 1 is bit 0; a set hook bit means closed.
* Long commands: 60 status, 61 unlock; answered with 02 · ADDR · LOCKNUM · 75 · length · hooks, then infrared (6 bytes
  each) · SUM; an unlock by one of length 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

STX, ETX = 0x02, 0x03
SHORT_STATUS, SHORT_UNLOCK, SHORT_STATE = 0x30, 0x31, 0x35
LONG_STATUS, LONG_UNLOCK, LONG_DONE = 0x60, 0x61, 0x75
SHORT_STATE_LENGTH = 9
LONG_HEAD = 5
"""Bytes of a long answer up to its length."""
LONG_HALF = 6
"""Bytes of hooks, and as many of infrared, in a long answer."""


class KerongError(ValueError):
    """Bytes that are no frame of a board, or not the expected one."""


class Dialect(StrEnum):
    """How a family of boards speaks."""

    SHORT = "cu16"
    LONG = "cu48"

    @property
    def locks(self) -> int:
        """Outputs of the largest board of the family."""
        return 16 if self is Dialect.SHORT else 48


@dataclass(frozen=True, slots=True)
class BoardState:
    """Bit n of each is lock n (from 0): its hook's contact is made; its infrared input sees something."""

    hooks: int
    infrared: int

    def hook(self, lock: int) -> bool:
        return bool(self.hooks >> lock & 1)

    def sees(self, lock: int) -> bool:
        return bool(self.infrared >> lock & 1)


def checksum(data: bytes) -> int:
    return sum(data) & 0xFF


def status_request(dialect: Dialect, board: int) -> bytes:
    if dialect is Dialect.SHORT:
        return _summed(STX, board << 4, SHORT_STATUS, ETX)
    return _summed(STX, board, 0, LONG_STATUS, ETX)


def unlock_request(dialect: Dialect, board: int, lock: int) -> bytes:
    """Pulse the lock's output. ``lock`` counts from 0."""
    if dialect is Dialect.SHORT:
        return _summed(STX, board << 4 | lock, SHORT_UNLOCK, ETX)
    return _summed(STX, board, lock, LONG_UNLOCK, ETX)


def state_length(dialect: Dialect) -> int:
    """Bytes of the answer to a status request."""
    return SHORT_STATE_LENGTH if dialect is Dialect.SHORT else LONG_HEAD + 2 * LONG_HALF + 1


def read_state(dialect: Dialect, board: int, frame: bytes) -> BoardState:
    """The state in a board's answer. Raises KerongError for a damaged one, or another board's."""
    if len(frame) != state_length(dialect) or frame[0] != STX or checksum(frame[:-1]) != frame[-1]:
        raise KerongError(f"damaged: {frame.hex()}")
    if dialect is Dialect.SHORT:
        if frame[1] >> 4 != board or frame[2] != SHORT_STATE or frame[7] != ETX:
            raise KerongError(f"not the state of board {board}: {frame.hex()}")
        return BoardState(int.from_bytes(frame[3:5], "little"), int.from_bytes(frame[5:7], "little"))
    if frame[1] != board or frame[3] != LONG_DONE or frame[4] != 2 * LONG_HALF:
        raise KerongError(f"not the state of board {board}: {frame.hex()}")
    return BoardState(int.from_bytes(frame[5:11], "little"), int.from_bytes(frame[11:17], "little"))


def read_unlocked(board: int, lock: int, frame: bytes) -> None:
    """Raises KerongError unless a long board says that it has pulsed this lock (a short one says nothing)."""
    if frame != _summed(STX, board, lock, LONG_DONE, 0):
        raise KerongError(f"not the answer to unlocking {lock} of board {board}: {frame.hex()}")


def _summed(*body: int) -> bytes:
    return bytes([*body, checksum(bytes(body))])
