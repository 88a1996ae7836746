"""Panel and peripherals in virtual time, on a line that works."""

from __future__ import annotations

import pytest

from hardware.osdp import commands, events, replies, vendor
from hardware.osdp.control_panel import ControlPanel
from hardware.osdp.events import Event
from hardware.osdp.timing import PanelTiming
from tests.hardware.osdp.virtual_bus import KEY, VirtualBus, bus, config, online_bus, peripheral

OTHER_KEY = bytes(range(50, 66))


def test_all_come_online() -> None:
    made = bus(1, 2, 3)
    took = made.run(2.0, until=lambda: len(made.seen(events.Online)) == 3)
    assert [event.address for event in made.seen(events.Online)] == [1, 2, 3]
    assert took < 0.3


def test_quiet_line_is_polled_evenly_and_not_without_pause() -> None:
    made = online_bus(1, 2, 3)
    made.run(3.0)
    polls = [data[1] for _, sender, data in made.log if sender == "panel"]
    assert {address: polls.count(address) for address in (1, 2, 3)} == pytest.approx({1: 75, 2: 75, 3: 75}, abs=2)
    assert made.panel_events == made.peripheral_events == []


def test_card_is_read() -> None:
    made = online_bus(1, 2)
    made.peripherals[2].tell(replies.CardData.of(b"card"))
    made.run(0.2)
    assert made.seen(events.CardRead) == [events.CardRead(2, replies.CardData.of(b"card"))]


def test_verdict_goes_out_before_the_round_goes_on() -> None:
    """A swipe among eight: the next words of the panel are the verdict."""
    made = online_bus(*range(1, 9))

    def judge(event: Event) -> None:
        if isinstance(event, events.VendorMessage):
            made.panel.send(event.address, vendor.Open(event.message.request, 0), acknowledges=event.number)

    made.on_panel_event = judge
    made.peripherals[5].tell_vendor(vendor.Swipe(77, 1, b"credential"))
    took = made.run(1.0, until=lambda: bool(made.seen_by_peripheral(events.VendorMessage)))
    swiped = next(at for at, event in made.panel_events if isinstance(event, events.VendorMessage))
    judged = next(at for at, event in made.peripheral_events if isinstance(event, events.VendorMessage))
    assert took < 0.12
    assert judged - swiped < 0.02
    assert made.peripherals[5].outbox.unacknowledged == 0


def test_command_is_answered_with_its_ticket() -> None:
    made = online_bus(1)
    ticket = made.panel.queue(1, commands.LStat())
    made.run(0.1)
    assert made.seen(events.CommandDone) == [events.CommandDone(1, ticket, commands.LStat(), replies.LocalStatus())]


def test_commands_arrive_in_order() -> None:
    made = online_bus(1, 2)
    wanted = [commands.Text.of(f"第 {number} 行") for number in range(6)]
    for text in wanted:
        made.panel.queue(1, text)
    made.run(1.0)
    assert [event.command for event in made.seen_by_peripheral(events.CommandReceived)] == wanted


def test_many_commands_to_one_do_not_silence_the_others() -> None:
    made = online_bus(1, 2)
    for number in range(40):
        made.panel.queue(1, commands.KeepActive(number))
    made.peripherals[2].tell(replies.CardData.of(b"card"))
    took = made.run(2.0, until=lambda: bool(made.seen(events.CardRead)))
    assert took < 0.1
    assert len(made.seen(events.CommandDone)) < 40


def test_unknown_command_is_refused_and_the_session_stays() -> None:
    made = online_bus(1)
    ticket = made.panel.queue(1, commands.Manufacturer(vendor.BERTH, b"\x09"))
    made.run(0.1)
    refusal = replies.Nak(replies.NakCode.RECORD)
    assert made.seen(events.CommandFailed) == [
        events.CommandFailed(1, ticket, commands.Manufacturer(vendor.BERTH, b"\x09"), refusal)
    ]
    assert made.panel.is_online(1)


def test_vendor_message_repeats_until_it_is_acknowledged() -> None:
    made = online_bus(1)
    number = made.peripherals[1].tell_vendor(vendor.Swipe(1, 1, b"x"))
    made.run(1.7)
    heard = made.seen(events.VendorMessage)
    assert heard == [events.VendorMessage(1, number, vendor.Swipe(1, 1, b"x"))] * 4
    made.panel.acknowledge(1, number)
    made.run(2.0)
    assert len(made.seen(events.VendorMessage)) == 4
    assert made.seen_by_peripheral(events.Acknowledged) == [events.Acknowledged(1, number)]


def test_emergency_overtakes() -> None:
    made = online_bus(1)
    for number in range(3):
        made.peripherals[1].tell_vendor(vendor.Swipe(number, 1, b"x"))
    made.peripherals[1].tell_vendor(vendor.Emergency(0, vendor.EmergencyReason.BUTTON))
    made.run(0.3)
    assert isinstance(made.seen(events.VendorMessage)[0].message, vendor.Emergency)


def test_wrong_key_is_told_once_and_does_not_slow_the_others() -> None:
    panel = ControlPanel([config(1), config(2)])
    made = VirtualBus(panel, {1: peripheral(1), 2: peripheral(2, OTHER_KEY)})
    made.run(20.0)
    assert made.seen(events.KeyMismatch) == [events.KeyMismatch(2)]
    assert not panel.is_online(2)
    polls = [data[1] for _, sender, data in made.log if sender == "panel"]
    assert polls.count(2) < polls.count(1) / 20


def test_install_key_is_accepted_only_where_it_is_allowed() -> None:
    panel = ControlPanel([config(1, install_key=True), config(2, install_key=True)])
    made = VirtualBus(panel, {1: peripheral(1, allow_install_key=True), 2: peripheral(2)})
    made.run(2.0)
    assert [event.address for event in made.seen(events.Online)] == [1]
    assert made.seen(events.ClearTextDevice) == [events.ClearTextDevice(2)]


def test_key_set_starts_a_session_with_the_new_key() -> None:
    panel = ControlPanel([config(1, install_key=True)])
    made = VirtualBus(panel, {1: peripheral(1, allow_install_key=True)})
    made.run(1.0, until=lambda: panel.is_online(1))
    panel.queue(1, commands.KeySet(OTHER_KEY))
    made.run(0.5)
    assert made.seen_by_peripheral(events.KeyChanged) == [events.KeyChanged(1, OTHER_KEY)]
    assert [type(event) for _, event in made.panel_events] == [
        events.Online, events.CommandDone, events.Offline, events.Online
    ]  # fmt: skip
    assert panel.links[1].config == config(1, OTHER_KEY)


def test_new_address_is_taken_after_the_answer() -> None:
    made = online_bus(1)
    made.panel.queue(1, commands.ComSet(9, 38400))
    made.run(0.1)
    assert made.seen(events.CommandDone)[0].reply == replies.Com(9, 38400)
    made.panel.remove(1)
    made.panel.add(config(9))
    made.run(1.0)
    assert made.panel.is_online(9)


@pytest.mark.parametrize("wanted", [commands.ComSet(0x7F, 9600), commands.ComSet(5, 12345)])
def test_impossible_address_or_rate_is_not_taken(wanted: commands.ComSet) -> None:
    made = online_bus(1)
    made.panel.queue(1, wanted)
    made.run(0.1)
    assert made.seen(events.CommandDone)[0].reply == replies.Com(1, 38400)


def test_command_for_one_that_is_offline_waits_or_expires() -> None:
    made = bus(1)
    made.powered.clear()
    late = made.panel.queue(1, commands.LStat(), expires_at=made.now + 1)
    patient = made.panel.queue(1, commands.OStat())
    made.run(2.0)
    assert made.seen(events.CommandFailed) == [events.CommandFailed(1, late, commands.LStat(), None)]
    made.powered.add(1)
    made.run(1.5)
    assert [event.ticket for event in made.seen(events.CommandDone)] == [patient]


def test_broadcast_address_reaches_whoever_is_there() -> None:
    panel = ControlPanel([config(0x7F)])
    made = VirtualBus(panel, {4: peripheral(4)})
    made.run(1.0, until=lambda: panel.is_online(0x7F))
    assert made.peripherals[4].is_online


def test_round_time_sets_the_pace() -> None:
    made = online_bus(1, timing=PanelTiming(round_time=0.2))
    made.run(4.0)
    assert len([1 for _, sender, _ in made.log if sender == "panel"]) == pytest.approx(20, abs=2)


def test_key_of_a_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        config(1, KEY[:15])
