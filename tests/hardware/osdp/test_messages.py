from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.osdp import commands, replies, vendor
from hardware.osdp.commands import COMMANDS, KeySet, Text
from hardware.osdp.messages import Message, MessageError, Registry, UnknownCode
from hardware.osdp.replies import REPLIES
from tests.hardware.osdp import strategies
from tests.hardware.osdp.strategies import any_command, any_reply

REGISTRIES = [COMMANDS, REPLIES, vendor.FROM_CONTROLLER, vendor.TO_CONTROLLER]


@given(any_command)
def test_commands_survive_the_wire(command: Message) -> None:
    assert COMMANDS.decode(command.code, command.encode()) == command


@given(any_reply)
def test_replies_survive_the_wire(reply: Message) -> None:
    assert REPLIES.decode(reply.code, reply.encode()) == reply


@pytest.mark.parametrize("registry", REGISTRIES)
@given(data=st.data())
def test_any_data_decodes_to_the_same_bytes_or_is_refused(registry: Registry, data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(sorted(registry)))
    body = data.draw(st.binary(max_size=80))
    try:
        message = registry.decode(code, body)
    except MessageError:
        return
    assert message.encode() == body


@pytest.mark.parametrize("registry", REGISTRIES)
def test_unknown_code_is_refused(registry: Registry) -> None:
    with pytest.raises(UnknownCode):
        registry.decode(0xFE, b"")


@given(strategies.from_controller, st.integers(1, 0xFFFF))
def test_vendor_message_from_controller(message: Message, number: int) -> None:
    reply = vendor.from_controller(message, number=number)
    assert vendor.read_reply(replies.ManufacturerReply.decode(reply.encode())) == vendor.Envelope(number, message)


@given(strategies.to_controller, st.integers(0, 0xFFFF))
def test_vendor_message_to_controller(message: Message, number: int) -> None:
    command = vendor.to_controller(message, acknowledges=number)
    assert vendor.read_command(commands.Manufacturer.decode(command.encode())) == vendor.Envelope(number, message)


def test_vendor_message_does_not_go_the_wrong_way() -> None:
    with pytest.raises(MessageError, match="does not go this way"):
        vendor.to_controller(vendor.Emergency(1, 1))


@pytest.mark.parametrize(
    "command",
    [
        commands.Manufacturer(b"\0\0\1", b"\x01\x80\0\0"),
        commands.Manufacturer(vendor.BERTH, b"\x02\x80\0\0"),
        commands.Manufacturer(vendor.BERTH, b"\x01\x01\0\0\0\0\0"),
        commands.Manufacturer(vendor.BERTH, b"\x01"),
        commands.Manufacturer(vendor.BERTH, b"\x01\x86\0\0\0\0\xff\xfe"),
    ],
    ids=["other vendor", "other version", "other direction", "cut short", "not UTF-8"],
)
def test_foreign_vendor_message_is_refused(command: commands.Manufacturer) -> None:
    with pytest.raises(MessageError):
        vendor.read_command(command)


def test_text_in_chinese_is_whole() -> None:
    text = Text.of("请前往 B 区 2 号集控器", seconds=20)
    assert Text.decode(text.encode()).text == "请前往 B 区 2 号集控器"
    assert text.seconds == 20


@given(st.text())
def test_text_is_cut_between_characters(text: str) -> None:
    shown = Text.of(text)
    assert len(shown.data) <= 255
    assert text.encode().startswith(shown.data)
    assert text.startswith(shown.data.decode())
    assert len(shown.data) > 251 or shown.text == text


def test_field_out_of_range_is_refused_before_the_wire() -> None:
    with pytest.raises(MessageError):
        commands.ReceiveSize(0x10000).encode()


def test_key_is_not_shown() -> None:
    assert repr(KeySet(b"0123456789abcdef")) == "KeySet(key=…)"
    assert "secret" not in repr(vendor.Swipe(1, 1, b"secret"))
