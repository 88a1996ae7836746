"""Panel and peripherals in virtual time, on a line and with devices that fail."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.osdp import commands, events, replies, vendor
from hardware.osdp.events import Event, OfflineReason
from hardware.osdp.frames import Frame
from tests.hardware.osdp.virtual_bus import VirtualBus, bus, flips, online_bus, peripheral


def restart(made: VirtualBus, address: int) -> None:
    """Power off and on: the peripheral has forgotten its session."""
    made.peripherals[address] = peripheral(address)


def test_lost_reply_is_asked_for_again_and_the_command_runs_once() -> None:
    made = online_bus(1)
    lost: list[bytes] = []

    def lose_first_reply(data: bytes) -> bytes:
        if data[1] & 0x80 and not lost:
            lost.append(data)
            return b""
        return data

    made.panel.queue(1, commands.Text.of("once"))
    made.damage = lose_first_reply
    made.run(0.5)
    assert len(lost) == 1
    assert len(made.seen_by_peripheral(events.CommandReceived)) == 1
    assert len(made.seen(events.CommandDone)) == 1
    assert made.seen(events.Offline) == []


def test_lost_card_is_told_again() -> None:
    made = online_bus(1)
    made.peripherals[1].tell(replies.CardData.of(b"card"))
    made.damage = lambda data: b"" if data[1] & 0x80 else data
    made.run(0.05)
    made.peripherals[1].receive(Frame(1, 0, 0x61, b"\0").encode(), made.now)  # the panel starts over
    made.damage = lambda data: data
    made.run(1.0)
    assert made.seen(events.CardRead) == [events.CardRead(1, replies.CardData.of(b"card"))]


def test_dead_peripheral_is_told_and_slows_the_others_little() -> None:
    made = online_bus(1, 2)
    made.powered.remove(2)
    made.run(2.0)
    assert made.seen(events.Offline) == [events.Offline(2, OfflineReason.NO_ANSWER)]
    made.log.clear()
    made.run(10.0)
    to_dead = [data for _, sender, data in made.log if sender == "panel" and data[1] == 2]
    times = [at for at, sender, data in made.log if sender == "panel" and data[1] == 1]
    assert len(to_dead) <= 21
    assert max(b - a for a, b in pairwise(times)) < 0.1


def test_many_dead_peripherals_take_a_bounded_share() -> None:
    made = bus(*range(1, 32))
    made.powered &= {1}
    made.run(5.0)
    made.log.clear()
    made.run(10.0)
    polls = [data for _, sender, data in made.log if sender == "panel" and data[1] == 1]
    assert len(polls) > 200


@pytest.mark.parametrize("dark", [0.05, 0.4, 3.0, 30.0])
def test_back_within_a_second_after_power(dark: float) -> None:
    made = online_bus(1, 2)
    made.powered.remove(2)
    made.run(dark)
    restart(made, 2)
    made.powered.add(2)
    took = made.run(5.0, until=lambda: made.panel.is_online(2) and made.peripherals[2].is_online)
    assert took < 1.0


def test_panel_that_restarts_is_believed_at_once() -> None:
    made = online_bus(1)
    made.panel = bus(1).panel
    assert made.run(2.0, until=lambda: made.panel.is_online(1)) < 0.3
    assert made.peripherals[1].is_online


def test_vendor_message_survives_the_loss_of_the_session() -> None:
    made = online_bus(1)
    made.damage = lambda data: b"" if data[1] & 0x80 else data
    number = made.peripherals[1].tell_vendor(vendor.Emergency(0, vendor.EmergencyReason.BUTTON))
    made.run(5.0)
    assert made.seen(events.VendorMessage) == []
    made.damage = lambda data: data
    took = made.run(2.0, until=lambda: bool(made.seen(events.VendorMessage)))
    assert took < 1.0
    assert made.seen(events.VendorMessage)[0].number == number


def test_command_survives_the_loss_of_the_session() -> None:
    made = online_bus(1)
    ticket = made.panel.send(1, vendor.Unlock(5, 2))
    restart(made, 1)
    made.run(1.0)
    assert [event.ticket for event in made.seen(events.CommandDone)] == [ticket]
    assert [event.message for event in made.seen_by_peripheral(events.VendorMessage)] == [vendor.Unlock(5, 2)]


def test_command_that_breaks_every_session_is_given_up() -> None:
    made = online_bus(1)
    ticket = made.panel.queue(1, commands.Abort())
    aborts = 0

    def forget_on_abort(data: bytes) -> bytes:
        nonlocal aborts
        if not data[1] & 0x80 and 0xA2 in data[7:8]:
            aborts += 1
            restart(made, 1)
        return data

    made.damage = forget_on_abort
    made.run(3.0)
    assert made.seen(events.CommandFailed) == [events.CommandFailed(1, ticket, commands.Abort(), None)]
    assert aborts == 3
    assert made.panel.is_online(1)


def test_silent_panel_is_told_after_eight_seconds() -> None:
    made = online_bus(1)
    item = made.peripherals[1]
    heard = item.next_deadline() - item.timing.offline_after
    assert item.receive(b"", heard + 7.9) == []
    assert item.receive(b"", heard + 8.0) == [events.Offline(1, OfflineReason.SILENCE)]
    assert not item.is_online


def test_noise_loses_nothing_and_invents_nothing() -> None:
    """One byte in 200 is damaged: every swipe arrives, none that was not made, each command runs once."""
    made = online_bus(1, 2, 3)
    made.damage = flips(1 / 200, random.Random(7))

    def acknowledge(event: Event) -> None:
        if isinstance(event, events.VendorMessage):
            made.panel.acknowledge(event.address, event.number)

    made.on_panel_event = acknowledge
    sent: set[tuple[int, int]] = set()
    for turn in range(40):
        address = turn % 3 + 1
        sent.add((address, turn))
        made.peripherals[address].tell_vendor(vendor.Swipe(turn, 1, bytes(16)))
        made.run(0.5)
    made.run(5.0)
    heard = {(event.address, event.message.request) for event in made.seen(events.VendorMessage)}
    assert heard == sent
    assert sum(made.panel.decoder.rejected.values()) > 0
    assert all(item.outbox.unacknowledged == 0 for item in made.peripherals.values())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.002, 0.02, 0.1]))
def test_line_heals_after_any_storm(seed: int, rate: float) -> None:
    made = online_bus(1, 2)
    generator = random.Random(seed)
    made.damage = lambda data: flips(rate, generator)(data) if generator.random() > 0.2 else b""
    ticket = made.panel.send(1, vendor.Raise(1, 1))
    made.run(3.0)
    made.damage = lambda data: data
    made.run(3.0)
    assert made.panel.is_online(1)
    assert made.panel.is_online(2)
    outcomes = [event for _, event in made.panel_events if getattr(event, "ticket", None) == ticket]
    assert len(outcomes) == 1


def test_two_at_one_address_are_suspected() -> None:
    made = online_bus(1, 2)
    generator = random.Random(1)
    made.damage = lambda data: generator.randbytes(len(data)) if data[1] == 0x82 else data
    made.run(10.0)
    assert made.seen(events.AddressClash) == [events.AddressClash(2)]
    assert made.panel.is_online(1)


def test_busy_is_asked_again_until_it_is_not() -> None:
    made = online_bus(1)
    refusals = 3

    def busy(data: bytes) -> bytes:
        nonlocal refusals
        if data[1] & 0x80 and refusals:
            refusals -= 1
            return Frame(1, 0, 0x79, is_reply=True).encode()
        return data

    made.damage = busy
    ticket = made.panel.queue(1, commands.Text.of("wait"))
    made.run(2.0)
    assert [event.ticket for event in made.seen(events.CommandDone)] == [ticket]
    assert made.seen(events.Offline) == []
    assert len(made.seen_by_peripheral(events.CommandReceived)) == 1


def test_always_busy_ends_in_a_failed_command() -> None:
    made = online_bus(1)
    made.damage = lambda data: Frame(1, 0, 0x79, is_reply=True).encode() if data[1] & 0x80 else data
    ticket = made.panel.queue(1, commands.Text.of("wait"))
    made.run(10.0)
    assert [event.ticket for event in made.seen(events.CommandFailed)] == [ticket]
