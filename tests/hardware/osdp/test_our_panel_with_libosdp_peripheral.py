"""Conformance: our control panel talks to libosdp's peripheral over a line that takes its time."""

from __future__ import annotations

from collections.abc import Iterator

import osdp
import pytest

from hardware.osdp import commands, events, replies
from hardware.osdp.commands import Light, OutputAction, OutputControl, Text
from hardware.osdp.control_panel import ControlPanel
from hardware.osdp.messages import Message
from hardware.simulator.line import SimulatedLine
from tests.hardware.osdp.libosdp_process import Libosdp, OurEnd
from tests.hardware.osdp.virtual_bus import KEY, config


@pytest.fixture(scope="module")
def theirs(line: SimulatedLine) -> Iterator[Libosdp]:
    peer = Libosdp("peripheral", line.path("theirs"), 1, KEY)
    yield peer
    peer.close()


@pytest.fixture(scope="module")
def ours(line: SimulatedLine, theirs: Libosdp) -> Iterator[OurEnd]:
    end = OurEnd(line, "ours", ControlPanel([config(1)]))
    online = end.wait_for_event(events.Online)
    assert (online.identity.model, online.identity.serial, online.identity.firmware) == (2, 77, (1, 2, 3))
    assert online.capabilities.has_secure_channel
    theirs.wait_secure()
    yield end
    end.close()


def answer(ours: OurEnd, command: Message) -> Message:
    """What libosdp replies to a command."""
    ticket = ours.loop.queue(1, command)
    done = ours.wait_for(lambda event: getattr(event, "ticket", 0) == ticket)
    assert isinstance(done, events.CommandDone), done
    return done.reply


def test_output(ours: OurEnd, theirs: Libosdp) -> None:
    reply = answer(ours, commands.Out((OutputControl(0, OutputAction.ON_FOR_TIME, 25),)))
    assert isinstance(reply, replies.Ack | replies.OutputStatus)
    received = theirs.wait_command(osdp.Command.Output)
    assert (received["output_no"], received["control_code"], received["timer_count"]) == (0, 5, 25)


def test_led(ours: OurEnd, theirs: Libosdp) -> None:
    light = Light(permanent_mode=1, permanent_on=3, permanent_off=4, permanent_on_colour=2, permanent_off_colour=1)
    assert answer(ours, commands.Led((light,))) == replies.Ack()
    received = theirs.wait_command(osdp.Command.LED)
    assert (received["on_count"], received["off_count"], received["on_color"], received["off_color"]) == (3, 4, 2, 1)


def test_buzzer(ours: OurEnd, theirs: Libosdp) -> None:
    assert answer(ours, commands.Buzzer(0, 2, 3, 4, 5)) == replies.Ack()
    received = theirs.wait_command(osdp.Command.Buzzer)
    assert (received["on_count"], received["off_count"], received["rep_count"]) == (3, 4, 5)


def test_text_in_latin_letters(ours: OurEnd, theirs: Libosdp) -> None:
    assert answer(ours, Text.of("Go to A-12", seconds=9)) == replies.Ack()
    received = theirs.wait_command(osdp.Command.Text)
    assert received["data"] in ("Go to A-12", {"hex": b"Go to A-12".hex()})
    assert received["temp_time"] == 9


def test_manufacturer(ours: OurEnd, theirs: Libosdp) -> None:
    assert isinstance(answer(ours, commands.Manufacturer(b"\x03\x02\x01", b"hello")), replies.Ack)
    received = theirs.wait_command(osdp.Command.Manufacturer)
    assert received["vendor_code"] == 0x010203
    assert received["data"] == {"hex": b"hello".hex()}


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        (commands.LStat(), replies.LocalStatus),
        (commands.RStat(), replies.ReaderStatus),
        (commands.Id(), replies.PdId),
        (commands.Cap(), replies.PdCapabilities),
        (commands.ReceiveSize(512), replies.Ack),
        (commands.KeepActive(100), replies.Ack),
        (commands.Abort(), replies.Ack),
    ],
)
def test_questions(ours: OurEnd, theirs: Libosdp, question: Message, kind: type[Message]) -> None:
    assert type(answer(ours, question)) is kind


@pytest.mark.parametrize("question", [commands.IStat(), commands.OStat()])
def test_refusal_keeps_the_session(ours: OurEnd, theirs: Libosdp, question: Message) -> None:
    """libosdp's Python binding cannot answer these two and refuses, authenticated but not encrypted."""
    ticket = ours.loop.queue(1, question)
    failed = ours.wait_for(lambda event: getattr(event, "ticket", 0) == ticket)
    assert failed == events.CommandFailed(1, ticket, question, replies.Nak(replies.NakCode.RECORD))
    assert ours.heard(events.Offline) == []


def test_inputs(ours: OurEnd, theirs: Libosdp) -> None:
    theirs.submit(event=osdp.Event.Status, type=osdp.StatusReportType.Input, report={"hex": "01"})
    assert ours.wait_for_event(events.OtherReply).reply == replies.InputStatus((1,))


def test_local_status(ours: OurEnd, theirs: Libosdp) -> None:
    theirs.submit(event=osdp.Event.Status, type=osdp.StatusReportType.Local, report={"hex": "0100"})
    assert ours.wait_for_event(events.LocalStatus).status == replies.LocalStatus(tamper=1)


def test_card(ours: OurEnd, theirs: Libosdp) -> None:
    card = bytes.fromhex("04a1b2c3d4e5f6")
    theirs.submit(event=osdp.Event.CardRead, reader_no=0, direction=0, format=osdp.CardFormat.Unspecified,
                  length=56, data={"hex": card.hex()})  # fmt: skip
    assert ours.wait_for_event(events.CardRead).card.data == card


def test_keys(ours: OurEnd, theirs: Libosdp) -> None:
    theirs.submit(event=osdp.Event.KeyPress, reader_no=0, data={"hex": b"1234".hex()})
    assert ours.wait_for_event(events.KeysPressed).keys == replies.Keypad(b"1234")


def test_manufacturer_reply(ours: OurEnd, theirs: Libosdp) -> None:
    theirs.submit(event=osdp.Event.ManufacturerReply, vendor_code=0x010203, data={"hex": b"news".hex()})
    other = ours.wait_for_event(events.OtherReply)
    assert other.reply == replies.ManufacturerReply(b"\x03\x02\x01", b"news")


def test_new_key_takes_effect(line: SimulatedLine, ours: OurEnd, theirs: Libosdp) -> None:
    assert answer(ours, commands.KeySet(bytes(range(16, 32)))) == replies.Ack()
    assert ours.wait_for_event(events.Offline).reason is events.OfflineReason.REKEYED
    ours.wait_for_event(events.Online)
    assert answer(ours, commands.LStat()) == replies.LocalStatus(0, 0)
