"""The lot server's side of a card dispenser or collector on a serial port (card_frames)."""

from __future__ import annotations

import time
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
)

ACK_PATIENCE = 0.5
REPLY_PATIENCE = 5.0
TRIES = 3


class Port(Protocol):
    """What is used of ``serial.Serial``, opened with a short read timeout."""

    def read(self, size: int = ..., /) -> bytes: ...
    def write(self, data: bytes, /) -> int | None: ...
    def reset_input_buffer(self) -> None: ...


class CardMachineError(Exception):
    """The machine does not answer (``fault`` None) or refuses."""

    def __init__(self, text: str, fault: Fault | None = None) -> None:
        super().__init__(text)
        self.fault = fault


class CardHost:
    """One machine. Calls block until it has answered, and raise CardMachineError. Not for several threads at once."""

    def __init__(self, port: Port, address: int = 0) -> None:
        self._port = port
        self._address = address
        self._tries = 0

    def initialise(self) -> Status:
        return self._ask(Command.INITIALISE, 0x30)[0]

    def status(self) -> Status:
        return self._ask(Command.STATUS, 0x30)[0]

    def dispense(self, credential_for: CredentialFor) -> str:
        """Take a card from the stacker to the reader, write what ``credential_for`` makes for its UID (hex), read it
        back, and put the card to the mouth. Returns the UID.
        """
        if self.status().position is Position.AT_READER:  # left from a dispense that was broken off
            self.move(Move.TO_BIN)
        self.move(Move.TO_READER)
        uid = self.identify()
        credential = credential_for(uid)
        self._ask(Command.CHIP, Chip.WRITE, credential)
        if self.read() != credential:
            self.move(Move.TO_BIN)
            raise CardMachineError("the card does not keep what was written", Fault.CHIP_SILENT)
        self.move(Move.TO_MOUTH)
        return uid

    def identify(self) -> str:
        """UID of the card at the reader, hex, upper case."""
        return self._ask(Command.CHIP, Chip.IDENTIFY)[1].hex().upper()

    def read(self) -> bytes:
        """What is written on the card at the reader."""
        return self._ask(Command.CHIP, Chip.READ)[1]

    def move(self, where: Move) -> None:
        """A move that was repeated because its answer was lost finds no card at the reader: it has been done."""
        try:
            self._ask(Command.MOVE, where)
        except CardMachineError as error:
            if error.fault is not Fault.NO_CARD or self._tries == 1 or where is Move.TO_READER:
                raise

    def allow_entry(self, allowed: bool) -> None:
        """Whether a card pushed into the mouth is drawn in."""
        self._ask(Command.ENTRY, Entry.ALLOW if allowed else Entry.REFUSE)

    def _ask(self, command: Command, parameter: int, data: bytes = b"") -> tuple[Status, bytes]:
        """The status and data of the positive reply."""
        request = Frame(bytes([COMMAND, command, parameter]) + data, self._address).encode()
        for self._tries in range(1, TRIES + 1):
            body = self._exchange(request)
            if body is not None and len(body) >= 3 and body[1:3] == bytes([command, parameter]):
                return self._judge(body)
        raise CardMachineError(f"no answer to {command.name}")

    def _exchange(self, request: bytes) -> bytes | None:
        """The reply's body; None where the request must be repeated."""
        self._port.reset_input_buffer()
        self._port.write(request)
        reader = FrameReader()
        acknowledged = False
        deadline = time.monotonic() + ACK_PATIENCE
        while time.monotonic() < deadline:
            for item in reader.feed(self._port.read(64)):
                if item == ACK:
                    acknowledged, deadline = True, time.monotonic() + REPLY_PATIENCE
                elif item == NAK:
                    return None
                elif isinstance(item, Frame) and acknowledged:
                    self._port.write(bytes([ACK]))
                    return item.body
                elif item is None and acknowledged:
                    reader.reset()
                    self._port.reset_input_buffer()
                    self._port.write(bytes([NAK]))
                    break
        return None

    def _judge(self, body: bytes) -> tuple[Status, bytes]:
        try:
            if body[0] == NEGATIVE:
                fault = Fault(int(body[3:5], 16))
                raise CardMachineError(fault.name.lower(), fault)
            if body[0] == POSITIVE:
                return Status.decode(body[3:6]), body[6:]
        except ValueError:
            pass
        raise CardMachineError("an answer that is none")


class CredentialFor(Protocol):
    def __call__(self, chip_uid: str, /) -> bytes: ...
