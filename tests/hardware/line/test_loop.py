"""The loops on real ports: our panel and our peripherals over the simulated line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from hardware.line.loop import BusLoop, PeripheralLoop
from hardware.osdp import commands, events, replies, vendor
from hardware.osdp.control_panel import ControlPanel
from hardware.osdp.events import Event
from hardware.osdp.frames import Frame, FrameDecoder
from hardware.osdp.timing import PanelTiming
from hardware.simulator.line import SimulatedLine
from tests.hardware.osdp.libosdp_process import OurEnd
from tests.hardware.osdp.virtual_bus import config, peripheral

HOUR = 3600.0


@pytest.fixture
def line() -> Iterator[SimulatedLine]:
    with SimulatedLine(["server", "c1", "c2"], seed=3) as made:
        yield made


@pytest.fixture
def controllers(line: SimulatedLine) -> Iterator[list[OurEnd]]:
    ends = [OurEnd(line, "c1", peripheral(1)), OurEnd(line, "c2", peripheral(2))]
    yield ends
    for end in ends:
        end.close()


@pytest.fixture
def server(line: SimulatedLine, controllers: list[OurEnd]) -> Iterator[OurEnd]:
    end = OurEnd(line, "server", ControlPanel([config(1), config(2)]))
    for _ in controllers:
        end.wait_for_event(events.Online)
    for controller in controllers:
        controller.wait_for_event(events.Online)
    yield end
    end.close()


def test_swipe_and_verdict(server: OurEnd, controllers: list[OurEnd]) -> None:
    number = controllers[1].loop.tell_vendor(vendor.Swipe(7, 1, b"credential"))
    swipe = server.wait_for_event(events.VendorMessage)
    assert swipe == events.VendorMessage(2, number, vendor.Swipe(7, 1, b"credential"))
    server.loop.send(2, vendor.Elsewhere(7, "请前往 B 区 12 号"), acknowledges=number)
    verdict = controllers[1].wait_for_event(events.VendorMessage)
    assert verdict.message == vendor.Elsewhere(7, "请前往 B 区 12 号")
    assert server.wait_for_event(events.CommandDone).reply == replies.Ack()
    assert controllers[1].loop.peripheral.outbox.unacknowledged == 0


def test_acknowledgement_alone(server: OurEnd, controllers: list[OurEnd]) -> None:
    number = controllers[0].loop.tell_vendor(vendor.Status((1, 2, 6)))
    assert server.wait_for_event(events.VendorMessage).message == vendor.Status((1, 2, 6))
    server.loop.acknowledge(1, number)
    assert controllers[0].wait_for_event(events.Acknowledged).number == number


def test_card_read_by_a_plain_reader(server: OurEnd, controllers: list[OurEnd]) -> None:
    controllers[0].loop.tell(replies.CardData.of(b"\x04\xa1\xb2\xc3"))
    assert server.wait_for_event(events.CardRead).card == replies.CardData.of(b"\x04\xa1\xb2\xc3")


def test_every_swipe_arrives_over_a_noisy_line(line: SimulatedLine, server: OurEnd, controllers: list[OurEnd]) -> None:
    line.flip_bits(0.0005)
    for request in range(20):
        controllers[request % 2].loop.tell_vendor(vendor.Swipe(request, 1, bytes(16)))
        swipe = server.wait_for(lambda e, r=request: isinstance(e, events.VendorMessage) and e.message.request == r)
        server.loop.acknowledge(swipe.address, swipe.number)
    line.flip_bits(0)
    assert line.statistics.flipped > 0


def test_cut_and_reconnected_controller_comes_back(line: SimulatedLine, server: OurEnd) -> None:
    line.cut("c1")
    assert server.wait_for_event(events.Offline).address == 1
    line.reconnect("c1")
    assert server.wait_for_event(events.Online).address == 1


def test_recorded_unlock_replayed_on_the_line_opens_nothing(line: SimulatedLine, controllers: list[OurEnd]) -> None:
    """The line is idle but for this, so that nothing collides with the intruder."""
    heard: list[bytes] = []
    line.listen(lambda node, data, _: heard.append(data) if node == "server" else None)
    server = OurEnd(line, "server", ControlPanel([config(1)], PanelTiming(round_time=HOUR)))
    try:
        server.wait_for_event(events.Online)
        server.loop.send(1, vendor.Unlock(5, 2))
        server.wait_for_event(events.CommandDone)
        assert controllers[0].wait_for_event(events.VendorMessage).message == vendor.Unlock(5, 2)
        recorded = FrameDecoder().feed(b"".join(heard))[-1]
        assert isinstance(recorded, Frame)
        server.loop.queue(1, commands.LStat())
        server.wait_for_event(events.CommandDone)
        line.inject(recorded.encode())
        controllers[0].wait_for_event(events.Rejected)
        server.loop.send(1, vendor.Raise(6, 2))
        assert controllers[0].wait_for_event(events.VendorMessage).message == vendor.Raise(6, 2)
        assert controllers[0].heard(events.VendorMessage) == []
    finally:
        server.close()


def test_command_wakes_a_sleeping_bus(line: SimulatedLine, controllers: list[OurEnd]) -> None:
    """The next poll is an hour away; the command goes out all the same."""
    server = OurEnd(line, "server", ControlPanel([config(1)], PanelTiming(round_time=HOUR)))
    try:
        server.wait_for_event(events.Online)
        ticket = server.loop.queue(1, commands.LStat(), expires_in=60)
        assert server.wait_for_event(events.CommandDone).ticket == ticket
    finally:
        server.close()


def test_port_that_was_unplugged_is_opened_again(tmp_path: Path) -> None:
    link = tmp_path / "line-1"
    first = SimulatedLine(["server"], links={"server": link})
    first.start()
    loop_end = _Linked(link)
    try:
        first.stop()
        with SimulatedLine(["server", "c1"], links={"server": link}) as second:
            controller = OurEnd(second, "c1", peripheral(1))
            try:
                loop_end.wait_for_event(events.Online)
            finally:
                controller.close()
                loop_end.close()
    finally:
        loop_end.close()
    assert loop_end.loop.failures > 0


class _Linked(OurEnd):
    """A panel whose port is a link that will point elsewhere."""

    def __init__(self, link: Path) -> None:
        where = type("Where", (), {"path": lambda _, __: str(link), "baud": 38400})()
        super().__init__(where, "server", ControlPanel([config(1)]))


def test_error_in_a_handler_ends_the_loop(line: SimulatedLine, controllers: list[OurEnd]) -> None:
    def refuse(event: Event) -> None:
        raise OSError(f"cannot take {type(event).__name__}")

    with serial.Serial(line.path("server"), line.baud, timeout=0) as port, pytest.raises(OSError, match="take Online"):
        BusLoop(port, ControlPanel([config(1)]), refuse).run()


def test_stop_before_and_after_the_run(line: SimulatedLine) -> None:
    with serial.Serial(line.path("c1"), line.baud, timeout=0) as port:
        loop = PeripheralLoop(port, peripheral(1), lambda _: None)
        loop.stop()
        loop.run()
        loop.stop()
    assert not loop.peripheral.is_online


def test_queue_for_a_stranger_is_refused(server: OurEnd) -> None:
    with pytest.raises(KeyError):
        server.loop.queue(9, commands.LStat())
