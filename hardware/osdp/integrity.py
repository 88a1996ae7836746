"""The two integrity checks of an OSDP frame."""

from __future__ import annotations

from binascii import crc_hqx

INITIAL = 0x1D0F


def crc16(data: bytes) -> int:
    """CRC-16 with polynomial 0x1021 and initial value 0x1D0F, as OSDP sends it (least significant byte first)."""
    return crc_hqx(data, INITIAL)


def checksum(data: bytes) -> int:
    """Two's complement of the low byte of the sum: all bytes and the checksum add up to 0 modulo 256."""
    return -sum(data) & 0xFF
