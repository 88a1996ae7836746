"""Frames of card machines, against bytes written down by hand, and with any bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.gates.card_frames import ACK, NAK, Frame, FrameReader, Position, Status, Stock, bcc

ASK_STATUS = bytes.fromhex("F2 00 0003 43 31 30 03 B0")
"""STX, address 0, three bytes: C, command 1, parameter 0; ETX; F2^00^00^03^43^31^30^03 = B0."""
TO_READER_DONE = bytes.fromhex("F2 00 0006 50 32 32 32 32 30 03 97")
"""P 2 2, then status: at the reader, enough cards, bin has room."""


def test_a_command_is_the_bytes_of_the_manual():
    assert Frame(b"C10").encode() == ASK_STATUS


def test_a_reply_is_read_from_the_bytes_of_the_manual():
    (frame,) = FrameReader().feed(TO_READER_DONE)
    assert frame == Frame(b"P22220")
    assert Status.decode(frame.body[3:6]) == Status(Position.AT_READER, Stock.ENOUGH, False)


def test_bcc_is_exclusive_or():
    assert (bcc(b""), bcc(b"\xf2"), bcc(b"\xf2\x0f\xf2")) == (0, 0xF2, 0x0F)


@given(body=st.binary(min_size=1, max_size=200), address=st.integers(0, 255))
def test_frames_come_back(body, address):
    assert FrameReader().feed(Frame(body, address).encode()) == [Frame(body, address)]


@given(
    bodies=st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=5),
    cuts=st.lists(st.integers(1, 7), min_size=1, max_size=20),
)
def test_frames_come_back_however_the_bytes_are_cut(bodies, cuts):
    reader, wire, found, turn = FrameReader(), b"".join(Frame(body).encode() for body in bodies), [], 0
    while wire:
        size = cuts[turn % len(cuts)]
        found += reader.feed(wire[:size])
        wire, turn = wire[size:], turn + 1
    assert found == [Frame(body) for body in bodies]


@given(noise=st.binary(max_size=300))
def test_no_bytes_make_it_raise_and_a_frame_after_silence_is_found(noise):
    reader = FrameReader()
    reader.feed(noise)
    reader.reset()
    assert reader.feed(ASK_STATUS) == [Frame(b"C10")]


@given(bit=st.integers(0, len(ASK_STATUS) * 8 - 1))
def test_one_flipped_bit_is_never_taken_for_the_frame(bit):
    spoilt = bytearray(ASK_STATUS)
    spoilt[bit // 8] ^= 1 << bit % 8
    assert Frame(b"C10") not in FrameReader().feed(bytes(spoilt))


@pytest.mark.parametrize("spoilt", [ASK_STATUS[:-1] + b"\x00", ASK_STATUS[:-2] + b"\x04\xb0"])
def test_a_damaged_frame_is_told_and_counted(spoilt):
    reader = FrameReader()
    assert reader.feed(spoilt)[0] is None
    assert reader.damaged >= 1


def test_a_frame_right_after_a_damaged_one_is_found():
    assert FrameReader().feed(ASK_STATUS[:-1] + b"\x00" + ASK_STATUS)[-1] == Frame(b"C10")


def test_control_bytes_stand_between_frames():
    assert FrameReader().feed(bytes([ACK]) + ASK_STATUS + bytes([NAK])) == [ACK, Frame(b"C10"), NAK]


@pytest.mark.parametrize("length", ["0000", "FFFF"])
def test_an_impossible_length_does_not_make_it_wait_for_ever(length):
    reader = FrameReader()
    reader.feed(bytes.fromhex(f"F2 00 {length} 43"))
    assert reader.feed(ASK_STATUS)[-1] == Frame(b"C10")


@pytest.mark.parametrize("data", [b"", b"00", b"0000", b"900", b"090", b"\xff\xff\xff"])
def test_a_status_that_is_none_is_refused(data):
    with pytest.raises(ValueError):
        Status.decode(data)
