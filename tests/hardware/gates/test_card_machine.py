"""The host's side of a card machine, against the machine's over a simulated serial line and over a lossy wire."""

from __future__ import annotations

import threading

import pytest
import serial

from hardware.gates.card_device import CardDevice, MechanicsError
from hardware.gates.card_frames import Fault, Move, Position, Status, Stock
from hardware.gates.card_host import CardHost, CardMachineError
from hardware.simulator.card_machine import CardMachine
from hardware.simulator.cars import Card
from hardware.simulator.line import SimulatedLine

UID = "04A1B2C3D4E5F6"


class Mechanics:
    def __init__(self):
        self.where, self.memory, self.fault, self.entry = Position.NO_CARD, b"", None, None

    def position(self):
        return self.where

    def stock(self):
        return Stock.ENOUGH

    def move(self, where):
        if self.fault:
            raise MechanicsError(self.fault)
        self.where = {Move.TO_READER: Position.AT_READER, Move.TO_MOUTH: Position.AT_MOUTH}.get(where, Position.NO_CARD)

    def allow_entry(self, allowed):
        self.entry = allowed

    def chip_uid(self):
        return bytes.fromhex(UID)

    def chip_read(self):
        return self.memory

    def chip_write(self, data):
        self.memory = data


@pytest.fixture
def line():
    with SimulatedLine(["server", "machine"], 115200, seed=3) as made:
        yield made


@pytest.fixture
def machine(line):
    made = CardMachine(line.path("machine"), 115200, [Card(UID), Card("04BB")], lambda: None)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def host(line, machine):
    port = serial.Serial(line.path("server"), 115200, timeout=0.02)
    yield CardHost(port)
    port.close()


def test_card_is_written_read_back_and_handed_out(host, machine):
    assert host.dispense(lambda uid: f"for {uid}".encode()) == UID
    assert machine.at_mouth == Card(UID, f"for {UID}".encode())
    assert host.status() == Status(Position.AT_MOUTH, Stock.FEW)
    assert machine.take() is not None
    assert host.status().position is Position.NO_CARD


def test_card_left_by_a_dispense_that_was_broken_off_goes_to_the_bin(host, machine):
    host.move(Move.TO_READER)
    assert host.dispense(lambda uid: b"x") == "04BB"
    assert [card.uid for card in machine.bin] == [UID]


def test_empty_stacker_is_told(host, machine):
    for _ in range(2):
        host.dispense(lambda uid: b"x")
        machine.take()
    with pytest.raises(CardMachineError) as refusal:
        host.dispense(lambda uid: b"x")
    assert refusal.value.fault is Fault.STACKER_EMPTY


def test_jam_is_told(host, machine, monkeypatch):
    def jammed():
        raise MechanicsError(Fault.JAMMED)

    monkeypatch.setattr(machine, "_feed", jammed)
    with pytest.raises(CardMachineError, match="jammed") as refusal:
        host.dispense(lambda uid: b"x")
    assert refusal.value.fault is Fault.JAMMED


def test_chip_that_keeps_nothing_goes_to_the_bin(host, machine, monkeypatch):
    monkeypatch.setattr(machine, "chip_write", lambda data: None)
    with pytest.raises(CardMachineError) as refusal:
        host.dispense(lambda uid: b"x")
    assert refusal.value.fault is Fault.CHIP_SILENT
    assert [card.uid for card in machine.bin] == [UID]
    assert machine.at_mouth is None


def test_card_is_drawn_in_only_while_it_is_allowed(host, machine):
    machine.put(Card("04CC", b"credential"))
    assert host.status().position is Position.NO_CARD
    host.allow_entry(True)
    assert host.status().position is Position.AT_READER
    assert (host.identify(), host.read()) == ("04CC", b"credential")
    host.move(Move.TO_BIN)
    assert [card.uid for card in machine.bin] == ["04CC"]


class Wire:
    """A machine on a wire that loses or damages given portions of what the machine says."""

    def __init__(self, mechanics, losses):
        self.device = CardDevice(mechanics)
        self.losses = list(losses)
        self.waiting = b""
        self.commands = 0

    def write(self, data):
        self.commands += data[:1] == b"\xf2"
        answer = self.device.receive(data)
        loss = self.losses.pop(0) if self.losses and answer else None
        match loss:
            case "all":
                answer = b""
            case "ack":
                answer = answer[1:]
            case "reply":
                answer = answer[:1]
            case "damage":
                answer = answer[:-1] + bytes([answer[-1] ^ 1])
        self.waiting += answer

    def read(self, size=1):
        data, self.waiting = self.waiting[:size], self.waiting[size:]
        return data

    def reset_input_buffer(self):
        self.waiting = b""


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr("hardware.gates.card_host.ACK_PATIENCE", 0.02)
    monkeypatch.setattr("hardware.gates.card_host.REPLY_PATIENCE", 0.02)


@pytest.mark.parametrize("loss", ["all", "ack", "reply", "damage"])
def test_lost_or_damaged_answer_is_asked_for_again(quick, loss):
    wire = Wire(Mechanics(), [loss])
    assert CardHost(wire).status() == Status(Position.NO_CARD, Stock.ENOUGH)
    assert wire.commands == (1 if loss == "damage" else 2), "a damaged answer is repeated without repeating the command"


@pytest.mark.parametrize("where", [Move.TO_MOUTH, Move.TO_BIN])
def test_move_whose_answer_was_lost_is_not_a_failure(quick, where):
    """The repetition finds no card at the reader, because the first one has moved it."""

    class Once(Mechanics):
        def move(self, to):
            if self.where is not Position.AT_READER:
                raise MechanicsError(Fault.NO_CARD)
            super().move(to)

    mechanics = Once()
    mechanics.where = Position.AT_READER
    CardHost(Wire(mechanics, ["all"])).move(where)
    with pytest.raises(CardMachineError, match="no_card"):
        CardHost(Wire(mechanics, [])).move(where)


def test_silent_machine_is_given_up_after_three_tries(quick):
    wire = Wire(Mechanics(), ["all"] * 9)
    with pytest.raises(CardMachineError) as refusal:
        CardHost(wire).status()
    assert (refusal.value.fault, wire.commands) == (None, 3)


def test_noise_on_the_line_costs_time_but_no_card(line, host, machine):
    line.flip_bits(0.001)
    done = threading.Event()
    threading.Thread(target=lambda: (host.dispense(lambda uid: b"credential"), done.set()), daemon=True).start()
    assert done.wait(20)
    line.flip_bits(0)
    assert machine.at_mouth == Card(UID, b"credential")
