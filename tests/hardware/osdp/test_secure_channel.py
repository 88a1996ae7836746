from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.osdp.frames import Frame, SecurityBlock
from hardware.osdp.secure_channel import (
    SCS_15,
    SCS_16,
    SCS_17,
    SCS_18,
    SecureChannelError,
    Session,
    client_cryptogram,
    derive_session_keys,
    initial_mac,
    server_cryptogram,
)
from tests.hardware.osdp.strategies import exactly

KEY = bytes(range(16))
A, B = bytes(range(8)), bytes(range(8, 16))


def sessions() -> tuple[Session, Session]:
    """The two ends of a fresh session: panel and peripheral."""
    keys = derive_session_keys(KEY, A)
    mac = initial_mac(keys, server_cryptogram(keys, A, B))
    return Session(keys, mac), Session(keys, mac)


def command(data: bytes = b"", sequence: int = 1) -> Frame:
    return Frame(1, sequence, 0x80, data)


def reply(data: bytes = b"", sequence: int = 1) -> Frame:
    return Frame(1, sequence, 0x90, data, is_reply=True)


conversation = st.lists(st.tuples(st.binary(max_size=70), st.binary(max_size=70)), max_size=8)


@given(conversation)
def test_conversation(turns: list[tuple[bytes, bytes]]) -> None:
    panel, peripheral = sessions()
    for question, answer in turns:
        assert peripheral.open(panel.seal(command(question))) == command(question)
        assert panel.open(peripheral.seal(reply(answer))) == reply(answer)


def test_kinds() -> None:
    panel, peripheral = sessions()
    kinds = [
        frame.security.kind
        for frame in (
            panel.seal(command()), peripheral.seal(reply()), panel.seal(command(b"x")), peripheral.seal(reply(b"x"))
        )
        if frame.security
    ]  # fmt: skip
    assert kinds == [SCS_15, SCS_16, SCS_17, SCS_18]


@given(st.binary(min_size=8, max_size=60))
def test_data_is_not_in_clear(data: bytes) -> None:
    assert data not in sessions()[0].seal(command(data)).encode()


def test_the_same_command_never_looks_the_same_twice() -> None:
    panel, peripheral = sessions()
    seen = set()
    for _ in range(5):
        sealed = panel.seal(command(b"open"))
        seen.add(sealed.encode())
        peripheral.open(sealed)
        panel.open(peripheral.seal(reply()))
    assert len(seen) == 5


@given(st.binary(max_size=40), st.integers(0), st.integers(1, 255))
def test_tampering_is_refused_and_changes_nothing(data: bytes, position: int, damage: int) -> None:
    panel, peripheral = sessions()
    sealed = panel.seal(command(data))
    parts = bytearray(sealed.data + sealed.mac)
    parts[position % len(parts)] ^= damage
    forged = replace(sealed, data=bytes(parts[: len(sealed.data)]), mac=bytes(parts[len(sealed.data) :]))
    with pytest.raises(SecureChannelError):
        peripheral.open(forged)
    assert peripheral.open(sealed) == command(data)


@pytest.mark.parametrize("change", [{"address": 2}, {"sequence": 2}, {"code": 0x60}, {"is_reply": True}])
def test_header_is_protected_too(change: dict[str, int]) -> None:
    panel, peripheral = sessions()
    with pytest.raises(SecureChannelError):
        peripheral.open(replace(panel.seal(command(b"x")), **change))


def test_replay_is_refused_once_the_conversation_has_gone_on() -> None:
    panel, peripheral = sessions()
    recorded = panel.seal(command(b"open"))
    peripheral.open(recorded)
    panel.open(peripheral.seal(reply()))
    with pytest.raises(SecureChannelError):
        peripheral.open(recorded)
    assert peripheral.open(panel.seal(command(b"next"))) == command(b"next")


def test_frames_of_another_session_are_refused() -> None:
    panel, _ = sessions()
    keys = derive_session_keys(KEY, B)
    other = Session(keys, initial_mac(keys, server_cryptogram(keys, B, A)))
    with pytest.raises(SecureChannelError):
        other.open(panel.seal(command(b"open")))


def test_own_words_reflected_are_refused() -> None:
    panel, _ = sessions()
    with pytest.raises(SecureChannelError):
        panel.open(replace(panel.seal(command(b"x")), is_reply=True, security=SecurityBlock(SCS_18)))


@pytest.mark.parametrize("security", [None, SecurityBlock(0x11, b"\1"), SecurityBlock(SCS_16)])
def test_frame_without_the_right_block_is_refused(security: SecurityBlock | None) -> None:
    _, peripheral = sessions()
    with pytest.raises(SecureChannelError):
        peripheral.open(replace(command(), security=security))


@given(st.binary(max_size=48))
def test_authenticated_garbage_is_refused_or_unpadded(data: bytes) -> None:
    """The right MAC over data that is no padded ciphertext: an error, never an exception of another kind."""
    panel, peripheral = sessions()
    forged = replace(command(data), security=SecurityBlock(SCS_17))
    mac = panel._mac(forged)
    try:
        opened = peripheral.open(replace(forged, mac=mac[:4]))
    except SecureChannelError:
        assert peripheral.command_mac == bytes(16)
    else:
        assert len(opened.data) < len(data)


@given(exactly(16), exactly(8), exactly(8))
def test_the_two_cryptograms_and_the_three_keys_differ(key: bytes, a: bytes, b: bytes) -> None:
    keys = derive_session_keys(key, a)
    assert len({keys.encryption, keys.mac1, keys.mac2}) == 3
    assert client_cryptogram(keys, a, b) != server_cryptogram(keys, a, b) or a == b
    assert str(keys) == "SessionKeys(…)"
