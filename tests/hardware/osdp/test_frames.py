from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.osdp.frames import MAX_LENGTH, SOM, Fault, Frame, FrameDecoder, FrameError, SecurityBlock
from hardware.osdp.integrity import checksum, crc16
from tests.hardware.osdp.strategies import frames

#: Taken from the wire of another implementation: osdp_ID to address 1, and osdp_CAP.
ID_ON_THE_WIRE = bytes.fromhex("530109000461006023")
CAP_ON_THE_WIRE = bytes.fromhex("530109000562000341")

noise_without_start = st.binary(max_size=40).map(lambda data: data.replace(bytes((SOM,)), b"\xff"))


def decode_in_pieces(data: bytes, cuts: list[int]) -> list[Frame | FrameError]:
    decoder, out, start = FrameDecoder(), [], 0
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        out += decoder.feed(data[start:cut])
        start = cut
    return out


def test_encodes_what_others_send() -> None:
    assert Frame(1, 0, 0x61, b"\0").encode() == ID_ON_THE_WIRE
    assert Frame(1, 1, 0x62, b"\0").encode() == CAP_ON_THE_WIRE


def test_decodes_what_others_send() -> None:
    assert FrameDecoder().feed(b"\xff" + ID_ON_THE_WIRE) == [Frame(1, 0, 0x61, b"\0")]


def test_checksum_makes_the_sum_zero() -> None:
    body = Frame(1, 0, 0x60, use_crc=False).encode()
    assert sum(body) & 0xFF == 0
    assert body[-1] == checksum(body[:-1])


def test_crc_of_the_standard_check_string() -> None:
    assert crc16(b"123456789") == 0xE5CC


@given(frames())
def test_round_trip(frame: Frame) -> None:
    assert FrameDecoder().feed(frame.encode()) == [frame]


@given(st.lists(frames(), max_size=5), st.lists(st.integers(0, 2000), max_size=8))
def test_splits_do_not_matter(sent: list[Frame], cuts: list[int]) -> None:
    assert decode_in_pieces(b"".join(frame.encode() for frame in sent), cuts) == sent


@given(st.lists(st.tuples(noise_without_start, frames()), max_size=5), noise_without_start)
def test_noise_between_frames_is_skipped_and_counted(parts: list[tuple[bytes, Frame]], tail: bytes) -> None:
    decoder = FrameDecoder()
    stream = b"".join(noise + frame.encode() for noise, frame in parts) + tail
    assert decoder.feed(stream) == [frame for _, frame in parts]
    assert decoder.rejected[Fault.NOISE] == sum(len(noise) for noise, _ in parts) + len(tail)
    assert decoder.accepted == len(parts)


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_any_bytes_never_raise_and_only_whole_frames_come_out(pieces: list[bytes]) -> None:
    decoder, out = FrameDecoder(), []
    for piece in pieces:
        out += decoder.feed(piece)
    out += decoder.flush()
    stream = b"".join(pieces)
    for item in out:
        assert isinstance(item, FrameError) or item.encode() in stream
    assert decoder.pending == 0


@given(frames(), st.integers(0), st.integers(1, 0xFF))
def test_one_damaged_byte_is_never_accepted(frame: Frame, position: int, damage: int) -> None:
    """A CRC finds any error of up to 16 bits in a row."""
    wire = bytearray(replace(frame, use_crc=True).encode())
    wire[position % len(wire)] ^= damage
    decoder = FrameDecoder(crc_only=True)
    assert all(isinstance(item, FrameError) for item in decoder.feed(bytes(wire)) + decoder.flush())


@given(frames(), st.integers(0), frames())
def test_frame_after_a_cut_off_one_is_found_when_the_line_falls_silent(cut: Frame, at: int, whole: Frame) -> None:
    decoder = FrameDecoder()
    beginning = cut.encode()[: at % len(cut.encode())]
    out = decoder.feed(beginning) + decoder.flush() + decoder.feed(whole.encode())
    assert out[-1] == whole


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (bytes.fromhex("5301050004"), Fault.LENGTH),
        (bytes.fromhex("5301ffff04"), Fault.LENGTH),
        (bytes.fromhex("5301090084"), Fault.CONTROL),
    ],
)
def test_implausible_header_is_rejected_at_once(header: bytes, fault: Fault) -> None:
    decoder = FrameDecoder()
    assert decoder.feed(header) == [FrameError(fault, 1, 5)]
    assert decoder.feed(ID_ON_THE_WIRE) == [Frame(1, 0, 0x61, b"\0")]


@pytest.mark.parametrize("block", [b"\x02\x19", b"\x00\x15", b"\x01\x15", b"\xff\x15", b"\x02\x10"])
def test_impossible_security_block_is_rejected(block: bytes) -> None:
    body = bytes((SOM, 1, 16, 0, 0x0C)) + block + b"\x60\0\0\0\0\0\0"
    wire = body + crc16(body).to_bytes(2, "little")
    decoder = FrameDecoder()
    (error,) = decoder.feed(wire)
    assert isinstance(error, FrameError)
    assert error.fault in (Fault.SECURITY_BLOCK, Fault.LENGTH)


def test_a_frame_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(ValueError, match="exceeds"):
        Frame(1, 0, 0x80, bytes(MAX_LENGTH)).encode()


def test_a_session_frame_without_its_mac_is_not_sent() -> None:
    with pytest.raises(ValueError, match="MAC"):
        Frame(1, 0, 0x60, security=SecurityBlock(0x15)).encode()
