"""A simulated card dispenser (with a magazine) or collector (with a bin), on its serial port."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import serial

from hardware.gates.card_device import CardDevice, MechanicsError
from hardware.gates.card_frames import Fault, Move, Position, Stock
from hardware.simulator.cars import Card

FEW = 5


class CardMachine:
    """Mechanics of card_device, and the thread that answers on the port.

    Two cards at most are under way: one at the reader, one at the mouth. A taken card is gone; a collected one is in
    ``bin``. Staff refill stackers from bins.
    """

    def __init__(self, path: str, baud: int, magazine: list[Card], on_change: Callable[[], None]) -> None:
        self._port = serial.Serial(path, baud, timeout=0.1)
        self._device = CardDevice(self)
        self._magazine = magazine
        self._on_change = on_change
        self._guard = threading.RLock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"cards {path}", daemon=True)
        self._entry_allowed = False
        self.at_mouth: Card | None = None
        self.at_reader: Card | None = None
        self.pushed: Card | None = None
        """A card that a driver holds into the slot while entry is not allowed; drawn in as soon as it is."""
        self.bin: list[Card] = []

    @property
    def stock_count(self) -> int:
        return len(self._magazine)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)
        self._port.close()

    # --- what people do -------------------------------------------------------------------------

    def take(self) -> Card | None:
        """Take the card that sticks out."""
        with self._guard:
            card, self.at_mouth = self.at_mouth, None
        return card

    def put(self, card: Card) -> None:
        """Push a card into the mouth."""
        with self._guard:
            self.pushed = card
            self._draw_in()

    def empty_bin(self) -> list[Card]:
        with self._guard:
            cards, self.bin = self.bin, []
        return cards

    def refill(self, cards: list[Card]) -> None:
        with self._guard:
            self._magazine += cards

    # --- Mechanics ------------------------------------------------------------------------------

    def position(self) -> Position:
        with self._guard:
            if self.at_reader:
                return Position.AT_READER
            return Position.AT_MOUTH if self.at_mouth else Position.NO_CARD

    def stock(self) -> Stock:
        return Stock.EMPTY if not self._magazine else Stock.FEW if len(self._magazine) <= FEW else Stock.ENOUGH

    def move(self, where: Move) -> None:
        with self._guard:
            if where is Move.TO_READER:
                self._feed()
            elif self.at_reader is None:
                raise MechanicsError(Fault.NO_CARD)
            elif where is Move.TO_MOUTH:
                self.at_mouth, self.at_reader = self.at_reader, None
            else:
                self.bin.append(self.at_reader)
                self.at_reader = None
        self._on_change()

    def _feed(self) -> None:
        if self.at_reader:
            return
        if self.at_mouth:
            self.at_reader, self.at_mouth = self.at_mouth, None
        elif self._magazine:
            self.at_reader = self._magazine.pop(0)
        else:
            raise MechanicsError(Fault.STACKER_EMPTY)

    def allow_entry(self, allowed: bool) -> None:
        with self._guard:
            self._entry_allowed = allowed
            self._draw_in()

    def _draw_in(self) -> None:
        if self._entry_allowed and self.pushed and self.at_reader is None:
            self.at_reader, self.pushed = self.pushed, None

    def chip_uid(self) -> bytes:
        return bytes.fromhex(self._card().uid)

    def chip_read(self) -> bytes:
        return self._card().memory

    def chip_write(self, data: bytes) -> None:
        self._card().memory = data

    def _card(self) -> Card:
        with self._guard:
            if self.at_reader is None:
                raise MechanicsError(Fault.NO_CARD)
            return self.at_reader

    # --- the port -------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(OSError, serial.SerialException):
                data = self._port.read(self._port.in_waiting or 1)
                if not data:
                    self._device.quiet()
                elif answer := self._device.receive(data):
                    self._port.write(answer)
                continue
            self._stopping.wait(0.2)
