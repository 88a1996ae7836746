"""The machine's side: what it answers, byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.gates.card_device import CardDevice, MechanicsError
from hardware.gates.card_frames import ACK, NAK, Fault, Frame, Move, Position, Stock


class Mechanics:
    """A machine with cards, no motors."""

    def __init__(self, stock: int = 10) -> None:
        self.cards = [bytes([4, 0, 0, 0, 0, 0, n]) for n in range(stock)]
        self.at = Position.NO_CARD
        self.card = b""
        self.memory = b""
        self.entry = False
        self.moves: list[Move] = []

    def position(self) -> Position:
        return self.at

    def stock(self) -> Stock:
        return Stock.ENOUGH if self.cards else Stock.EMPTY

    def move(self, where: Move) -> None:
        self.moves.append(where)
        if where is Move.TO_READER and not self.card:
            if not self.cards:
                raise MechanicsError(Fault.STACKER_EMPTY)
            self.card = self.cards.pop(0)
        self.at = {Move.TO_READER: Position.AT_READER, Move.TO_MOUTH: Position.AT_MOUTH}.get(where, Position.NO_CARD)
        if where is Move.TO_BIN:
            self.card = b""

    def allow_entry(self, allowed: bool) -> None:
        self.entry = allowed

    def chip_uid(self) -> bytes:
        if self.at is not Position.AT_READER:
            raise MechanicsError(Fault.NO_CARD)
        return self.card

    def chip_read(self) -> bytes:
        return self.memory

    def chip_write(self, data: bytes) -> None:
        self.memory = data


def said(device: CardDevice, body: bytes) -> bytes:
    """The body of the reply to a command, after its ACK."""
    answer = device.receive(Frame(body).encode())
    assert answer[0] == ACK
    length = int.from_bytes(answer[3:5], "big")
    assert answer[1:] == Frame(answer[5 : 5 + length]).encode()
    return answer[5 : 5 + length]


def test_a_status_is_acknowledged_and_answered_byte_for_byte():
    answer = CardDevice(Mechanics()).receive(bytes.fromhex("F2 00 0003 43 31 30 03 B0"))
    assert answer == bytes.fromhex("06 F2 00 0006 50 31 30 30 32 30 03 94")


def test_a_card_goes_through_the_machine():
    device = CardDevice(Mechanics())
    assert said(device, b"C22") == b"P22220"
    assert said(device, b"C`0") == b"P`0220" + bytes([4, 0, 0, 0, 0, 0, 0])
    assert said(device, b"C`3" + b"credential") == b"P`3220"
    assert said(device, b"C`2") == b"P`2220credential"
    assert said(device, b"C20") == b"P20120"
    assert said(device, b"C23") == b"P23020"


def test_entry_is_allowed_and_refused():
    mechanics = Mechanics()
    device = CardDevice(mechanics)
    said(device, b"C30")
    assert mechanics.entry
    said(device, b"C31")
    assert not mechanics.entry


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"C90", b"00"),  # no such command
        (b"C29", b"01"),  # no such move
        (b"C39", b"01"),
        (b"C`9", b"01"),
        (b"C`0", b"12"),  # no card at the reader
        (b"X10", b"00"),
    ],
)
def test_what_cannot_be_done_is_answered_with_its_fault(body, fault):
    assert said(CardDevice(Mechanics()), body) == b"N" + body[1:3] + fault


def test_an_empty_stacker_is_told():
    assert said(CardDevice(Mechanics(stock=0)), b"C22") == b"N22A0"


def test_a_damaged_command_gets_nak_and_moves_nothing():
    mechanics = Mechanics()
    command = bytearray(Frame(b"C22").encode())
    command[-1] ^= 1
    assert NAK in CardDevice(mechanics).receive(bytes(command))
    assert mechanics.moves == []


def test_nak_makes_it_say_the_reply_again():
    device = CardDevice(Mechanics())
    first = device.receive(Frame(b"C10").encode())
    assert device.receive(bytes([NAK])) == first[1:]


@given(data=st.binary(max_size=200))
def test_no_bytes_make_it_raise(data):
    device = CardDevice(Mechanics())
    device.receive(data)
    device.quiet()
    assert said(device, b"C10")[:1] == b"P"
