"""Conformance: our peripheral talks to libosdp's control panel over a line that takes its time."""

from __future__ import annotations

from collections.abc import Iterator

import osdp
import pytest

from hardware.osdp import commands, events, replies, vendor
from hardware.simulator.line import SimulatedLine
from tests.hardware.osdp.libosdp_process import Libosdp, OurEnd
from tests.hardware.osdp.virtual_bus import KEY, peripheral


@pytest.fixture(scope="module")
def ours(line: SimulatedLine) -> Iterator[OurEnd]:
    end = OurEnd(line, "ours", peripheral(1))
    yield end
    end.close()


@pytest.fixture(scope="module")
def theirs(line: SimulatedLine, ours: OurEnd) -> Iterator[Libosdp]:
    peer = Libosdp("panel", line.path("theirs"), 1, KEY)
    peer.wait_secure()
    ours.wait_for_event(events.Online)
    yield peer
    peer.close()


def received(ours: OurEnd, kind: type) -> object:
    return ours.wait_for(lambda e: isinstance(e, events.CommandReceived) and isinstance(e.command, kind)).command


def test_identity(theirs: Libosdp) -> None:
    theirs.order(identity=True)
    identity = theirs.wait_for(lambda item: "identity" in item)["identity"]
    assert (identity["serial_number"], identity["model"], identity["version"]) == (0x01020304, 1, 1)


def test_output(ours: OurEnd, theirs: Libosdp) -> None:
    theirs.submit(command=osdp.Command.Output, output_no=0, control_code=5, timer_count=25)
    assert received(ours, commands.Out) == commands.Out((commands.OutputControl(0, 5, 25),))


def test_led(ours: OurEnd, theirs: Libosdp) -> None:
    theirs.submit(command=osdp.Command.LED, reader=0, led_number=0, control_code=1, temporary=False, on_count=3,
                  off_count=4, on_color=2, off_color=1, timer_count=0)  # fmt: skip
    (light,) = received(ours, commands.Led).lights
    assert (light.permanent_mode, light.permanent_on, light.permanent_off) == (1, 3, 4)
    assert (light.permanent_on_colour, light.permanent_off_colour) == (2, 1)


def test_buzzer(ours: OurEnd, theirs: Libosdp) -> None:
    theirs.submit(command=osdp.Command.Buzzer, reader=0, control_code=2, on_count=3, off_count=4, rep_count=5)
    assert received(ours, commands.Buzzer) == commands.Buzzer(0, 2, 3, 4, 5)


def test_text(ours: OurEnd, theirs: Libosdp) -> None:
    theirs.submit(command=osdp.Command.Text, reader=0, control_code=1, temp_time=9, offset_row=1, offset_col=1,
                  data="Go to A-12")  # fmt: skip
    assert received(ours, commands.Text).text == "Go to A-12"


def test_manufacturer_of_another_vendor(ours: OurEnd, theirs: Libosdp) -> None:
    theirs.submit(command=osdp.Command.Manufacturer, vendor_code=0x010203, data={"hex": b"hello".hex()})
    assert received(ours, commands.Manufacturer) == commands.Manufacturer(b"\x03\x02\x01", b"hello")


def test_our_verdict_inside_their_manufacturer_command(ours: OurEnd, theirs: Libosdp) -> None:
    carried = vendor.to_controller(vendor.Elsewhere(7, "前往 B 区"), acknowledges=3)
    theirs.submit(command=osdp.Command.Manufacturer, vendor_code=int.from_bytes(carried.vendor, "little"),
                  data={"hex": carried.data.hex()})  # fmt: skip
    heard = ours.wait_for_event(events.VendorMessage)
    assert (heard.number, heard.message) == (3, vendor.Elsewhere(7, "前往 B 区"))


def test_card(ours: OurEnd, theirs: Libosdp) -> None:
    ours.loop.tell(replies.CardData.of(bytes.fromhex("04a1b2c3d4e5f6")))
    assert theirs.wait_event(osdp.Event.CardRead)["data"] == {"hex": "04a1b2c3d4e5f6"}


def test_keys(ours: OurEnd, theirs: Libosdp) -> None:
    ours.loop.tell(replies.Keypad(b"1234"))
    assert theirs.wait_event(osdp.Event.KeyPress)["data"] == {"hex": b"1234".hex()}


def test_local_status(ours: OurEnd, theirs: Libosdp) -> None:
    ours.loop.tell(replies.LocalStatus(tamper=1))
    status = theirs.wait_event(osdp.Event.Status, type=osdp.StatusReportType.Local)
    assert status["report"] == {"hex": "0100"}


def test_inputs(ours: OurEnd, theirs: Libosdp) -> None:
    ours.loop.tell(replies.InputStatus((1,)))
    status = theirs.wait_event(osdp.Event.Status, type=osdp.StatusReportType.Input)
    assert status["report"] == {"hex": "01"}


@pytest.mark.parametrize("kind", ["Local", "Input", "Output"])
def test_status_on_request(ours: OurEnd, theirs: Libosdp, kind: str) -> None:
    wanted = getattr(osdp.StatusReportType, kind)
    theirs.submit(command=osdp.Command.Status, type=wanted)
    assert theirs.wait_event(osdp.Event.Status, type=wanted)["report"] == {"hex": "0000" if kind == "Local" else "00"}


def test_vendor_message_repeats_until_acknowledged(ours: OurEnd, theirs: Libosdp) -> None:
    swipe = vendor.Swipe(9, 1, b"credential")
    number = ours.loop.tell_vendor(swipe)
    wire = {"hex": vendor.from_controller(swipe, number=number).data.hex()}
    assert theirs.wait_event(osdp.Event.ManufacturerReply)["data"] == wire
    assert theirs.wait_event(osdp.Event.ManufacturerReply)["data"] == wire
    carried = vendor.to_controller(vendor.Open(9, 2), acknowledges=number)
    theirs.submit(command=osdp.Command.Manufacturer, vendor_code=int.from_bytes(carried.vendor, "little"),
                  data={"hex": carried.data.hex()})  # fmt: skip
    assert ours.wait_for_event(events.Acknowledged).number == number
    assert ours.loop.peripheral.outbox.unacknowledged == 0


def test_new_key(ours: OurEnd, theirs: Libosdp) -> None:
    theirs.submit(command=osdp.Command.Keyset, type=1, data={"hex": bytes(range(16, 32)).hex()})
    assert ours.wait_for_event(events.KeyChanged).key == bytes(range(16, 32))
