"""Somebody else on the line: replays, forgeries, clear text, and any bytes at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.osdp import commands, events, replies, vendor
from hardware.osdp.control_panel import ControlPanel
from hardware.osdp.events import Rejection
from hardware.osdp.frames import Frame, FrameDecoder, SecurityBlock
from hardware.osdp.messages import Message
from hardware.osdp.replies import NakCode
from tests.hardware.osdp.strategies import any_command, any_reply, frames
from tests.hardware.osdp.virtual_bus import VirtualBus, config, online_bus, peripheral


def ask(item: object, frame: Frame, now: float = 1000.0) -> Frame:
    """What the peripheral answers to a frame."""
    item.receive(frame.encode(), now)
    (reply,) = FrameDecoder().feed(item.next_output() or b"")
    assert isinstance(reply, Frame)
    return reply


def recorded_unlock(made: VirtualBus) -> bytes:
    """The panel orders an unlock; its frame as an intruder records it."""
    made.log.clear()
    made.panel.send(1, vendor.Unlock(5, 2))
    made.run(0.2)
    return next(data for _, sender, data in made.log if sender == "panel" and data[6] == 0x17)


@pytest.mark.parametrize("later", [0.03, 0.2, 1.0, 5.0])
def test_replayed_command_is_refused_counted_and_changes_nothing(later: float) -> None:
    made = online_bus(1)
    unlock = recorded_unlock(made)
    made.run(later)
    made.run(1.0, until=lambda: made.peripherals[1]._sequence % 3 + 1 != unlock[4] & 3)  # the due one is tested below
    made.peripheral_events.clear()
    before = sum(made.peripherals[1].rejected.values())
    made.send_from_outside(unlock)
    made.run(1.0)
    assert made.seen_by_peripheral(events.VendorMessage) == []
    assert sum(made.peripherals[1].rejected.values()) == before + 1
    assert made.panel.is_online(1)
    assert made.peripherals[1].is_online


def test_replay_with_the_sequence_that_is_due_ends_the_session() -> None:
    made = online_bus(1)
    unlock = recorded_unlock(made)
    item = made.peripherals[1]
    due = (unlock[4] & 3) - 1 or 3
    made.run(1.0, until=lambda: item._sequence == due)
    assert item.receive(unlock, made.now) == [
        events.Rejected(1, Rejection.MAC),
        events.Replayed(1),
        events.Offline(1, events.OfflineReason.SESSION_LOST),
    ]
    assert item.rejected == {Rejection.MAC: 1}


def test_last_command_repeated_gets_the_same_answer_and_is_not_run_again() -> None:
    made = online_bus(1)
    item = made.peripherals[1]
    made.log.clear()
    made.panel.send(1, vendor.Unlock(5, 2))
    made.run(1.0, until=lambda: bool(made.seen(events.CommandDone)))
    last, answer = made.log[-2][2], made.log[-1][2]
    assert item.receive(last, made.now) == []
    assert item.next_output() == answer


GUARDED = [
    commands.Poll(),
    commands.LStat(),
    commands.Out((commands.OutputControl(0, 2),)),
    commands.Text.of("x"),
    commands.ComSet(2, 9600),
    commands.KeySet(bytes(16)),
    vendor.to_controller(vendor.Unlock(1, 1)),
]


@pytest.mark.parametrize("command", GUARDED, ids=lambda command: type(command).__name__)
def test_clear_text_command_is_refused(command: Message) -> None:
    """Before any session, and inside one."""
    fresh = peripheral(1)
    nak = ask(fresh, Frame(1, 0, command.code, command.encode()))
    assert (nak.code, nak.data) == (replies.Nak.code, bytes((NakCode.SECURITY_REQUIRED,)))
    made = online_bus(1)
    item = made.peripherals[1]
    nak = ask(item, Frame(1, item._sequence % 3 + 1, command.code, command.encode()), made.now)
    assert (nak.code, nak.data) == (replies.Nak.code, bytes((NakCode.SECURITY_REQUIRED,)))
    assert item.is_online
    assert item.rejected == {Rejection.CLEAR_TEXT: 1}
    made.run(1.0)
    assert made.seen(events.Offline) == []


def test_identity_is_told_in_clear() -> None:
    reply = ask(peripheral(1), Frame(1, 0, commands.Id.code, b"\0"))
    assert reply.code == replies.PdId.code


def test_forged_proof_opens_no_session() -> None:
    item = peripheral(1)
    ask(item, Frame(1, 0, commands.Challenge.code, bytes(8), security=SecurityBlock(0x11, b"\1")))
    nak = ask(item, Frame(1, 1, commands.ServerCryptogram.code, bytes(16), security=SecurityBlock(0x13, b"\1")))
    assert nak.code == replies.Nak.code
    assert not item.is_online
    assert item.rejected == {Rejection.KEY: 1}


def test_proof_without_challenge_opens_no_session() -> None:
    item = peripheral(1)
    nak = ask(item, Frame(1, 0, commands.ServerCryptogram.code, bytes(16), security=SecurityBlock(0x13, b"\1")))
    assert nak.data == bytes((NakCode.SECURITY_REQUIRED,))


def test_install_key_is_refused() -> None:
    nak = ask(peripheral(1), Frame(1, 0, commands.Challenge.code, bytes(8), security=SecurityBlock(0x11, b"\0")))
    assert nak.data == bytes((NakCode.SECURITY_UNSUPPORTED,))


def test_old_challenge_meets_a_new_random_number() -> None:
    item = peripheral(1)
    challenge = Frame(1, 0, commands.Challenge.code, bytes(8), security=SecurityBlock(0x11, b"\1"))
    assert ask(item, challenge).data != ask(item, challenge).data


@pytest.mark.parametrize(
    ("code", "data", "reason"),
    [(0x5F, b"", NakCode.UNKNOWN_COMMAND), (0x61, b"", NakCode.LENGTH), (0x76, b"\0", NakCode.LENGTH)],
)
def test_impossible_command_is_refused(code: int, data: bytes, reason: NakCode) -> None:
    assert ask(peripheral(1), Frame(1, 0, code, data)).data[0] == reason


@pytest.mark.parametrize("frame", [Frame(2, 0, 0x61, b"\0"), Frame(1, 0, 0x61, b"\0", is_reply=True)])
def test_what_is_for_others_is_not_answered(frame: Frame) -> None:
    item = peripheral(1)
    assert item.receive(frame.encode(), 1.0) == []
    assert item.next_output() is None


def test_forged_replies_are_not_believed() -> None:
    """While the panel waits for an answer: clear text, old replies, other addresses."""
    made = online_bus(1)
    card = replies.CardData.of(b"forged")
    made.run(1.0, until=lambda: made.panel.links[1].outgoing is not None)
    sequence = made.panel.links[1].outgoing.sequence
    for forged in (
        Frame(1, sequence, card.code, card.encode(), is_reply=True),
        Frame(1, sequence % 3 + 1, card.code, card.encode(), is_reply=True),
        Frame(2, sequence, card.code, card.encode(), is_reply=True),
        Frame(1, sequence, card.code, card.encode(), is_reply=True, security=SecurityBlock(0x18), mac=bytes(4)),
        Frame(1, sequence, card.code, card.encode()),
    ):
        heard = made.panel.receive(forged.encode(), made.now)
        assert all(isinstance(event, events.Rejected) for event in heard)
    assert made.panel.links[1].quality.rejected == {
        Rejection.CLEAR_TEXT: 1, Rejection.UNEXPECTED: 1, Rejection.MAC: 1
    }  # fmt: skip


@settings(max_examples=200)
@given(st.lists(st.one_of(st.binary(max_size=60), frames().map(Frame.encode)), max_size=12))
def test_any_bytes_at_a_peripheral(pieces: list[bytes]) -> None:
    item, now = peripheral(1), 0.0
    for piece in pieces:
        now += 0.01
        for event in item.receive(piece, now):
            assert isinstance(event, events.Rejected | events.KeyMismatch)
        reply = item.next_output()
        assert reply is None or isinstance(FrameDecoder().feed(reply)[0], Frame)
    assert not item.is_online


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 3), st.one_of(any_reply, any_command), st.booleans()), max_size=12))
def test_any_answers_at_a_panel(answers: list[tuple[int, Message, bool]]) -> None:
    panel, now = ControlPanel([config(1)]), 0.0
    for sequence, message, echoes in answers:
        now = max(now, panel.next_deadline())
        panel.receive(b"", now)
        panel.next_output(now)
        current = panel.links[1].outgoing
        number = current.sequence if echoes and current else sequence
        panel.receive(Frame(1, number, message.code, message.encode(), is_reply=True).encode(), now)
    assert not panel.is_online(1)


@settings(max_examples=100)
@given(st.lists(st.binary(max_size=60), max_size=12))
def test_any_bytes_in_a_session_open_nothing(pieces: list[bytes]) -> None:
    made = online_bus(1)
    for piece in pieces:
        made.send_from_outside(piece)
        made.run(0.05)
    assert made.seen_by_peripheral(events.VendorMessage) == []
    made.run(2.0)
    assert made.panel.is_online(1)
