"""Spot locks on a Kerong CU board.

The boards pulse outputs and read contacts, they know no raising. A spot lock takes two neighbouring outputs: the first
lowers it, the second raises it; the hook contact of each says that the lock has arrived there. The infrared input of
the first sees a vehicle, that of the second is the battery monitor's alarm. A lock that has been at neither end for
longer than it needs to travel is jammed, as is one that claims both.

Unit u (from 1) is pair u of the bus: board (u - 1) // pairs, outputs 2 × ((u - 1) mod pairs) and the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import serial

from hardware.controller.kerong import (
    BoardState,
    Dialect,
    KerongError,
    read_state,
    read_unlocked,
    state_length,
    status_request,
    unlock_request,
)
from hardware.controller.lock_driver import LockUnreachable
from hardware.osdp.vendor import LockStatus

T = TypeVar("T")
TRAVEL = 6.0
"""Seconds after which a lock that is at neither end has not got there."""
LONG_UNLOCKED_LENGTH = 6
MOST_BOARD = 9
"""The highest number that a board's switches can be set to."""


class KerongLockDriver:
    """One bus of boards of one family."""

    def __init__(
        self,
        device: str,
        baud: int,
        dialect: Dialect,
        timeout: float = 0.25,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._port = serial.Serial(baudrate=baud, timeout=timeout)
        self._port.port = device
        self._dialect = dialect
        self._clock = clock
        self._between_since: dict[int, float] = {}

    def drive(self, unit: int, lower: bool) -> None:
        board, first = self._place(unit)
        output = first if lower else first + 1
        self._between_since.pop(unit, None)
        if self._dialect is Dialect.LONG:
            answer = self._ask(unlock_request(self._dialect, board, output), LONG_UNLOCKED_LENGTH)
            self._checked(lambda: read_unlocked(board, output, answer))
        else:
            self._ask(unlock_request(self._dialect, board, output), 0)

    def read(self, unit: int) -> LockStatus:
        board, first = self._place(unit)
        answer = self._ask(status_request(self._dialect, board), state_length(self._dialect))
        state = self._checked(lambda: read_state(self._dialect, board, answer))
        return self._status(unit, first, state)

    def close(self) -> None:
        self._port.close()

    def _place(self, unit: int) -> tuple[int, int]:
        """Board and first output of a unit."""
        board, pair = divmod(unit - 1, self._dialect.locks // 2)
        if not 0 <= board <= MOST_BOARD:
            raise LockUnreachable(f"no board can have unit {unit}")
        return board, 2 * pair

    def _status(self, unit: int, first: int, state: BoardState) -> LockStatus:
        status = LockStatus(0)
        down, up = state.hook(first), state.hook(first + 1)
        if down != up:
            self._between_since.pop(unit, None)
            status |= LockStatus.LOWERED if down else LockStatus.RAISED
        elif down or self._clock() - self._between_since.setdefault(unit, self._clock()) > TRAVEL:
            status |= LockStatus.JAMMED
        if state.sees(first):
            status |= LockStatus.VEHICLE
        if state.sees(first + 1):
            status |= LockStatus.BATTERY_LOW
        return status

    def _checked(self, reading: Callable[[], T]) -> T:
        try:
            return reading()
        except KerongError as error:
            self._port.close()  # what is left of the noise goes with it
            raise LockUnreachable(str(error)) from error

    def _ask(self, request: bytes, length: int) -> bytes:
        try:
            if not self._port.is_open:
                self._port.open()
            self._port.reset_input_buffer()
            self._port.write(request)
            answer = bytes(self._port.read(length)) if length else b""
        except (OSError, serial.SerialException) as error:
            self._port.close()
            raise LockUnreachable(str(error)) from error
        if len(answer) < length:
            raise LockUnreachable("no answer" if not answer else f"half an answer: {answer.hex()}")
        return answer
