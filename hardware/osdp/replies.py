"""Replies, from a peripheral to the control panel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self

from .messages import Fixed, Message, Records, Registry, Tailed, pack, unpack

REPLIES = Registry()
reply = REPLIES.register


@reply(0x40)
@dataclass(frozen=True, slots=True)
class Ack(Fixed):
    """Done, nothing to tell."""


class NakCode(IntEnum):
    """Why a command was refused."""

    CHECK = 1
    LENGTH = 2
    UNKNOWN_COMMAND = 3
    SEQUENCE = 4
    SECURITY_UNSUPPORTED = 5
    SECURITY_REQUIRED = 6
    BIOMETRIC_TYPE = 7
    BIOMETRIC_FORMAT = 8
    RECORD = 9


@reply(0x41)
@dataclass(frozen=True, slots=True)
class Nak(Tailed):
    """Refused: a :class:`NakCode` and, for some codes, details."""

    reason: int
    details: bytes = b""
    layout: ClassVar[str] = "B"
    head: ClassVar[tuple[str, ...]] = ("reason",)
    tail: ClassVar[str] = "details"


@reply(0x45)
@dataclass(frozen=True, slots=True)
class PdId(Message):
    """Who the peripheral is. ``vendor`` has 3 bytes, ``firmware`` is (major, minor, build)."""

    vendor: bytes
    model: int
    version: int
    serial: int
    firmware: tuple[int, int, int]

    def encode(self) -> bytes:
        return pack("3sBBI3B", self.vendor, self.model, self.version, self.serial, *self.firmware)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        vendor, model, version, serial, *firmware = unpack("3sBBI3B", data)
        return cls(vendor, model, version, serial, (firmware[0], firmware[1], firmware[2]))


class Function(IntEnum):
    """Function codes of PDCAP."""

    CONTACT_STATUS = 1
    OUTPUT_CONTROL = 2
    CARD_FORMAT = 3
    LED_CONTROL = 4
    AUDIBLE = 5
    TEXT = 6
    TIME_KEEPING = 7
    CHECK_CHARACTER = 8
    COMMUNICATION_SECURITY = 9
    RECEIVE_BUFFER = 10
    LARGEST_MESSAGE = 11
    SMART_CARD = 12
    READERS = 13
    BIOMETRICS = 14


@dataclass(frozen=True, slots=True)
class Capability:
    """One capability: :class:`Function`, level of compliance, number of items."""

    function: int
    compliance: int
    count: int


@reply(0x46)
@dataclass(frozen=True, slots=True)
class PdCapabilities(Records):
    """PDCAP: what the peripheral can do."""

    capabilities: tuple[Capability, ...] = ()
    record: ClassVar[type] = Capability
    layout: ClassVar[str] = "BBB"
    may_be_empty: ClassVar[bool] = True

    @property
    def has_secure_channel(self) -> bool:
        """Whether AES-128 is among them (function 9, compliance bit 0)."""
        aes = (item for item in self.capabilities if item.function == Function.COMMUNICATION_SECURITY)
        return any(item.compliance & 1 for item in aes)


@reply(0x48)
@dataclass(frozen=True, slots=True)
class LocalStatus(Fixed):
    """LSTATR: 1 where the housing is tampered with, or the power fails."""

    tamper: int = 0
    power: int = 0
    layout: ClassVar[str] = "BB"


@dataclass(frozen=True, slots=True)
class _States(Message):
    states: tuple[int, ...] = ()

    def encode(self) -> bytes:
        return pack(f"{len(self.states)}B", *self.states)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        return cls(tuple(data))


@reply(0x49)
@dataclass(frozen=True, slots=True)
class InputStatus(_States):
    """ISTATR: one byte per input, 1 is active."""


@reply(0x4A)
@dataclass(frozen=True, slots=True)
class OutputStatus(_States):
    """OSTATR: one byte per output, 1 is on."""


@reply(0x4B)
@dataclass(frozen=True, slots=True)
class ReaderStatus(_States):
    """RSTATR: one byte per attached reader: 0 normal, 1 not connected, 2 tampered with."""


@reply(0x50)
@dataclass(frozen=True, slots=True)
class CardData(Tailed):
    """RAW: what was read from a card. ``bits`` of ``data`` count, from the left; format 0 raw, 1 Wiegand."""

    data: bytes
    bits: int
    reader: int = 0
    form: int = 0
    layout: ClassVar[str] = "BBH"
    head: ClassVar[tuple[str, ...]] = ("reader", "form", "bits")

    @classmethod
    def of(cls, data: bytes, *, reader: int = 0) -> Self:
        """Whole bytes in raw format."""
        return cls(data, 8 * len(data), reader)

    def tail_length(self) -> int:
        return (self.bits + 7) // 8


@reply(0x53)
@dataclass(frozen=True, slots=True)
class Keypad(Tailed):
    """Keys pressed, as ASCII digits; 0x7F is '*', 0x0D is '#'."""

    keys: bytes
    reader: int = 0
    layout: ClassVar[str] = "B"
    head: ClassVar[tuple[str, ...]] = ("reader",)
    tail: ClassVar[str] = "keys"
    counted: ClassVar[bool] = True


@reply(0x54)
@dataclass(frozen=True, slots=True)
class Com(Fixed):
    """The address and baud rate that the peripheral will use from now on."""

    address: int
    baud: int
    layout: ClassVar[str] = "BI"


@reply(0x76)
@dataclass(frozen=True, slots=True)
class ClientCryptogram(Fixed):
    """CCRYPT: the peripheral's identifier (8), random number (8) and proof that it has the key (16)."""

    identifier: bytes
    random: bytes
    cryptogram: bytes
    layout: ClassVar[str] = "8s8s16s"


@reply(0x78)
@dataclass(frozen=True, slots=True)
class InitialMac(Fixed):
    """RMAC_I: where the chain of MACs begins (16 bytes)."""

    mac: bytes
    layout: ClassVar[str] = "16s"


@reply(0x79)
@dataclass(frozen=True, slots=True)
class Busy(Fixed):
    """Not now; ask the same again."""


@reply(0x90)
@dataclass(frozen=True, slots=True)
class ManufacturerReply(Tailed):
    """MFGREP: a vendor's own reply; ``vendor`` is its code of 3 bytes."""

    vendor: bytes
    data: bytes
    layout: ClassVar[str] = "3s"
    head: ClassVar[tuple[str, ...]] = ("vendor",)
