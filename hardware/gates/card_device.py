"""The machine's side of card_frames: what a dispenser or collector answers. No I/O; the simulator runs it.

Kept apart from the host's side, so that each is tested against bytes written down by hand as well as against the other.
"""

from __future__ import annotations

from typing import Protocol

from hardware.gates.card_frames import (
    ACK,
    COMMAND,
    NAK,
    NEGATIVE,
    POSITIVE,
    Chip,
    Command,
    Entry,
    Fault,
    Frame,
    FrameReader,
    Move,
    Position,
    Status,
    Stock,
)


class Mechanics(Protocol):
    """What moves the cards. Each may raise MechanicsError."""

    def position(self) -> Position: ...
    def stock(self) -> Stock: ...
    def move(self, where: Move) -> None: ...
    def allow_entry(self, allowed: bool) -> None: ...
    def chip_uid(self) -> bytes: ...
    def chip_read(self) -> bytes: ...
    def chip_write(self, data: bytes) -> None: ...


class MechanicsError(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.name)
        self.fault = fault


class CardDevice:
    """Feed it bytes from the host; it returns bytes for the host."""

    def __init__(self, mechanics: Mechanics) -> None:
        self._mechanics = mechanics
        self._reader = FrameReader()
        self._last = b""

    def receive(self, data: bytes) -> bytes:
        """ACK and the reply to each whole command; NAK for a damaged one; the last reply again for a NAK."""
        out = b""
        for item in self._reader.feed(data):
            if item is None:
                out += bytes([NAK])
            elif item == NAK:
                out += self._last
            elif isinstance(item, Frame):
                self._last = Frame(self._reply(item.body), item.address).encode()
                out += bytes([ACK]) + self._last
        return out

    def quiet(self) -> None:
        """The line has been silent: half a frame is forgotten."""
        self._reader.reset()

    def _reply(self, body: bytes) -> bytes:
        if len(body) < 3 or body[0] != COMMAND:
            return self._negative(body, Fault.UNKNOWN_COMMAND)
        try:
            data = self._obey(body[1], body[2], body[3:])
        except MechanicsError as error:
            return self._negative(body, error.fault)
        except ValueError:
            return self._negative(body, Fault.BAD_PARAMETER)
        status = Status(self._mechanics.position(), self._mechanics.stock())
        return bytes([POSITIVE, body[1], body[2]]) + status.encode() + data

    def _negative(self, body: bytes, fault: Fault) -> bytes:
        return bytes([NEGATIVE, *body[1:3].ljust(2, b"\0")]) + f"{fault:02X}".encode()

    def _obey(self, command: int, parameter: int, data: bytes) -> bytes:
        match command:
            case Command.INITIALISE | Command.STATUS:
                return b""
            case Command.MOVE:
                self._mechanics.move(Move(parameter))
            case Command.ENTRY:
                self._mechanics.allow_entry(Entry(parameter) is Entry.ALLOW)
            case Command.CHIP:
                return self._chip(Chip(parameter), data)
            case _:
                raise MechanicsError(Fault.UNKNOWN_COMMAND)
        return b""

    def _chip(self, parameter: Chip, data: bytes) -> bytes:
        match parameter:
            case Chip.IDENTIFY:
                return self._mechanics.chip_uid()
            case Chip.READ:
                return self._mechanics.chip_read()
            case Chip.WRITE:
                self._mechanics.chip_write(data)
        return b""
