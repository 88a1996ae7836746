"""The card machine's side, sans-I/O: what a dispenser (with a magazine) or a collector (without one) does.

Bytes come in with ``receive``; out go bytes, each with the seconds that pass before it is said: moving a card takes time.
A card in here is anything with a ``uid`` (hex) and a ``memory`` that can be set.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from hardware.gates.card_commands import (
    BLOCK,
    CHIP_DONE,
    FIRST_BLOCK,
    SECTOR,
    Bin,
    CardPlace,
    Chip,
    Command,
    Entry,
    Fault,
    Initialise,
    MachineStatus,
    Move,
    Stock,
)
from hardware.gates.frames import Control, Damaged, Decoder, Frame, Kind

MOVE_TIME = 0.6
CHIP_TIME = 0.05
FEW = 5
LARGEST_MEMORY = 3 * BLOCK
_BAD_BLOCK = b"\x6b\x00"


class MachineCard(Protocol):
    """An IC card: chip UID in hex, and what is written on it."""

    uid: str
    memory: bytes


Said = tuple[float, bytes]
"""Seconds to wait, then bytes to send."""


class _Refused(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


class CardMachineDevice:
    """``mouth`` and ``reader`` hold the card that is there; ``bin`` what was captured, oldest first."""

    def __init__(self, magazine: Iterable[MachineCard] = (), *, bin_size: int = 200) -> None:
        self.magazine: deque[MachineCard] = deque(magazine)
        self.mouth: MachineCard | None = None
        self.reader: MachineCard | None = None
        self.bin: list[MachineCard] = []
        self.accepts = False
        self.jammed = False
        self._bin_size = bin_size
        self._decoder = Decoder()
        self._last = b""

    # --- what people do -------------------------------------------------------------------------

    def take(self) -> MachineCard | None:
        """Somebody takes the card that sticks out of the mouth."""
        card, self.mouth = self.mouth, None
        return card

    def insert(self, card: MachineCard) -> bool:
        """Somebody pushes a card in; False where it is not taken in (entry disabled, another card inside)."""
        if not self.accepts or self.mouth or self.reader or self.jammed:
            return False
        self.reader = card
        return True

    # --- the line -------------------------------------------------------------------------------

    def receive(self, data: bytes) -> list[Said]:
        """Bytes from the host; what is said to them."""
        said: list[Said] = []
        for item in self._decoder.feed(data):
            if isinstance(item, Frame):
                said += self._hear(item)
            elif isinstance(item, Damaged):
                said.append((0.0, bytes([Control.NAK])))
            elif item is Control.NAK and self._last:
                said.append((0.0, self._last))
            elif item in (Control.ACK, Control.EOT):
                self._last = b""
        return said

    def quiet(self) -> None:
        """The line has been silent for longer than a frame allows."""
        self._decoder.reset()

    @property
    def status(self) -> MachineStatus:
        place = CardPlace.READER if self.reader else CardPlace.MOUTH if self.mouth else CardPlace.NOWHERE
        stock = Stock.EMPTY if not self.magazine else Stock.FEW if len(self.magazine) <= FEW else Stock.ENOUGH
        return MachineStatus(place, stock, Bin.FULL if len(self.bin) >= self._bin_size else Bin.ROOM)

    def _hear(self, frame: Frame) -> list[Said]:
        if frame.kind is not Kind.COMMAND:
            return [(0.0, bytes([Control.NAK]))]
        delay = {Command.MOVE: MOVE_TIME, Command.CHIP: CHIP_TIME}.get(_command(frame) or Command.STATUS, 0.0)
        try:
            result = self._obey(frame)
            answer = Frame(Kind.DONE, frame.command, frame.parameter, self.status.encode() + result, frame.address)
        except _Refused as refusal:
            fault = refusal.fault.value.encode("ascii")
            answer = Frame(Kind.FAILED, frame.command, frame.parameter, fault, frame.address)
        self._last = answer.encode()
        return [(0.0, bytes([Control.ACK])), (delay, self._last)]

    def _obey(self, frame: Frame) -> bytes:
        match _command(frame):
            case Command.STATUS:
                return b""
            case Command.INITIALISE:
                return self._initialise(frame.parameter)
            case Command.MOVE:
                return self._move(frame.parameter)
            case Command.ENTRY:
                return self._entry(frame.parameter)
            case Command.CHIP:
                return self._chip(frame)
            case _:
                raise _Refused(Fault.UNKNOWN_COMMAND)

    def _initialise(self, parameter: int) -> bytes:
        self.accepts = False
        if parameter == Initialise.TO_MOUTH:
            self.mouth, self.reader = self.reader or self.mouth, None
        elif parameter == Initialise.CAPTURE:
            self._capture()
        elif parameter != Initialise.LEAVE:
            raise _Refused(Fault.UNKNOWN_PARAMETER)
        return f"Berth card machine, {self._bin_size} in the bin".encode("ascii")

    def _move(self, parameter: int) -> bytes:
        if self.jammed:
            raise _Refused(Fault.JAMMED)
        if parameter == Move.TO_READER:
            self._to_reader()
        elif parameter in (Move.TO_MOUTH, Move.OUT):
            if not (self.reader or self.mouth):
                raise _Refused(Fault.NOT_POSSIBLE)
            self.mouth, self.reader = self.reader or self.mouth, None
        elif parameter == Move.TO_BIN:
            if not (self.reader or self.mouth):
                raise _Refused(Fault.NOT_POSSIBLE)
            self._capture()
        else:
            raise _Refused(Fault.UNKNOWN_PARAMETER)
        return b""

    def _to_reader(self) -> None:
        if self.reader:
            return
        if self.mouth:
            self.reader, self.mouth = self.mouth, None
            return
        if not self.magazine:
            raise _Refused(Fault.MAGAZINE_EMPTY)
        self.reader = self.magazine.popleft()

    def _capture(self) -> None:
        card = self.reader or self.mouth
        if card is None:
            return
        if len(self.bin) >= self._bin_size:
            raise _Refused(Fault.BIN_FULL)
        self.bin.append(card)
        self.reader = self.mouth = None

    def _entry(self, parameter: int) -> bytes:
        if parameter not in (Entry.ENABLE, Entry.DISABLE):
            raise _Refused(Fault.UNKNOWN_PARAMETER)
        self.accepts = parameter == Entry.ENABLE
        return b""

    def _chip(self, frame: Frame) -> bytes:
        if self.reader is None:
            raise _Refused(Fault.NO_CHIP)
        if frame.parameter == Chip.ACTIVATE:
            uid = bytes.fromhex(self.reader.uid)
            return bytes([len(uid)]) + uid
        if frame.parameter == Chip.EXCHANGE:
            return self._exchange(self.reader, frame.data)
        raise _Refused(Fault.UNKNOWN_PARAMETER)

    def _exchange(self, card: MachineCard, data: bytes) -> bytes:
        if len(data) < 5:
            raise _Refused(Fault.WRONG_DATA)
        instruction, sector, block, count = data[1], data[2], data[3], data[4]
        start, size = (block - FIRST_BLOCK) * BLOCK, count * BLOCK
        if sector != SECTOR or start < 0 or not count or start + size > LARGEST_MEMORY:
            return _BAD_BLOCK
        memory = bytearray(card.memory[:LARGEST_MEMORY].ljust(LARGEST_MEMORY, b"\0"))
        if instruction == 0xB0:
            return bytes(memory[start : start + size]) + CHIP_DONE
        if instruction == 0xD1 and len(data) == 5 + size:
            memory[start : start + size] = data[5:]
            card.memory = bytes(memory)
            return CHIP_DONE
        raise _Refused(Fault.WRONG_DATA)


def _command(frame: Frame) -> Command | None:
    try:
        return Command(frame.command)
    except ValueError:
        return None
