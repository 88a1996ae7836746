"""The two integrity checks of an OSDP frame."""

POLYNOMIAL = 0x1021
INITIAL = 0x1D0F


def _table_entry(byte: int) -> int:
    value = byte << 8
    for _ in range(8):
        value = (value << 1) ^ (POLYNOMIAL if value & 0x8000 else 0)
    return value & 0xFFFF


_TABLE = tuple(_table_entry(byte) for byte in range(256))


def crc16(data: bytes) -> int:
    """CRC-16 with polynomial 0x1021 and initial value 0x1D0F, as OSDP sends it (least significant byte first)."""
    crc = INITIAL
    for byte in data:
        crc = ((crc << 8) & 0xFFFF) ^ _TABLE[(crc >> 8) ^ byte]
    return crc


def checksum(data: bytes) -> int:
    """Two's complement of the low byte of the sum: all bytes and the checksum add up to 0 modulo 256."""
    return -sum(data) & 0xFF
