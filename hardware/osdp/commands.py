"""Commands, from the control panel to a peripheral."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self

from .messages import Fixed, Message, MessageError, Records, Registry, Tailed, pack

COMMANDS = Registry()
command = COMMANDS.register


@command(0x60)
@dataclass(frozen=True, slots=True)
class Poll(Fixed):
    """Anything new? Answered with an event, or ACK."""


@dataclass(frozen=True, slots=True)
class _Enquiry(Fixed):
    """A question with one byte that selects the form of the answer; 0 is the standard form."""

    form: int = 0
    layout: ClassVar[str] = "B"


@command(0x61)
@dataclass(frozen=True, slots=True)
class Id(_Enquiry):
    """Who are you? Answered with PDID."""


@command(0x62)
@dataclass(frozen=True, slots=True)
class Cap(_Enquiry):
    """What can you do? Answered with PDCAP."""


@command(0x64)
@dataclass(frozen=True, slots=True)
class LStat(Fixed):
    """Tamper and power? Answered with LSTATR."""


@command(0x65)
@dataclass(frozen=True, slots=True)
class IStat(Fixed):
    """Inputs? Answered with ISTATR."""


@command(0x66)
@dataclass(frozen=True, slots=True)
class OStat(Fixed):
    """Outputs? Answered with OSTATR."""


@command(0x67)
@dataclass(frozen=True, slots=True)
class RStat(Fixed):
    """Attached readers? Answered with RSTATR."""


class OutputAction(IntEnum):
    """What an output does (OUT control code)."""

    NONE = 0
    OFF_ABORT_TIMER = 1
    ON_ABORT_TIMER = 2
    OFF_AFTER_TIMER = 3
    ON_AFTER_TIMER = 4
    ON_FOR_TIME = 5
    OFF_FOR_TIME = 6


@dataclass(frozen=True, slots=True)
class OutputControl:
    """One output: its number, an :class:`OutputAction`, and a timer in units of 100 ms."""

    output: int
    action: int
    timer: int = 0


@command(0x68)
@dataclass(frozen=True, slots=True)
class Out(Records):
    """Switch outputs."""

    outputs: tuple[OutputControl, ...]
    record: ClassVar[type] = OutputControl
    layout: ClassVar[str] = "BBH"


@dataclass(frozen=True, slots=True)
class Light:
    """One LED of one reader: a temporary pattern (mode 2 sets it, 1 cancels it) and a permanent one (mode 1 sets it).

    On and off times are in units of 100 ms; ``timer`` is the duration of the temporary pattern in the same unit.
    Colours: 0 black, 1 red, 2 green, 3 amber, 4 blue, 5 magenta, 6 cyan, 7 white.
    """

    reader: int = 0
    led: int = 0
    temporary_mode: int = 0
    temporary_on: int = 0
    temporary_off: int = 0
    temporary_on_colour: int = 0
    temporary_off_colour: int = 0
    timer: int = 0
    permanent_mode: int = 0
    permanent_on: int = 0
    permanent_off: int = 0
    permanent_on_colour: int = 0
    permanent_off_colour: int = 0


@command(0x69)
@dataclass(frozen=True, slots=True)
class Led(Records):
    """Light LEDs."""

    lights: tuple[Light, ...]
    record: ClassVar[type] = Light
    layout: ClassVar[str] = "7BH5B"


@command(0x6A)
@dataclass(frozen=True, slots=True)
class Buzzer(Fixed):
    """Sound: ``tone`` 1 is off, 2 the default; times in units of 100 ms; ``count`` 0 repeats until told otherwise."""

    reader: int = 0
    tone: int = 2
    on: int = 1
    off: int = 0
    count: int = 1
    layout: ClassVar[str] = "5B"


@command(0x6B)
@dataclass(frozen=True, slots=True)
class Text(Tailed):
    """Show text: ``mode`` 1 permanent, 3 for ``seconds`` (without wrapping; 2 and 4 wrap). Row and column count from 1.

    ``data`` is at most 255 bytes; Berth's controllers read it as UTF-8, which ASCII displays agree with.
    """

    data: bytes
    reader: int = 0
    mode: int = 1
    seconds: int = 0
    row: int = 1
    column: int = 1
    layout: ClassVar[str] = "5B"
    head: ClassVar[tuple[str, ...]] = ("reader", "mode", "seconds", "row", "column")
    counted: ClassVar[bool] = True

    @classmethod
    def of(cls, text: str, *, seconds: int = 0) -> Self:
        """The text in UTF-8, cut before the character that no longer fits; shown for ever when ``seconds`` is 0."""
        data = text.encode()[:255].decode(errors="ignore").encode()
        return cls(data, mode=4 if seconds else 2, seconds=min(seconds, 255))

    @property
    def text(self) -> str:
        return self.data.decode(errors="replace")


@command(0x6E)
@dataclass(frozen=True, slots=True)
class ComSet(Fixed):
    """Take another address and baud rate. Answered with COM, in the old setting."""

    address: int
    baud: int
    layout: ClassVar[str] = "BI"


@command(0x75)
@dataclass(frozen=True, slots=True)
class KeySet(Message):
    """Take a new Secure Channel base key (16 bytes); only inside a secure session."""

    key: bytes

    def encode(self) -> bytes:
        return pack("BB", 1, len(self.key)) + self.key

    @classmethod
    def decode(cls, data: bytes) -> Self:
        if data[:2] != b"\x01\x10" or len(data) != 18:
            raise MessageError("a key set carries one AES-128 base key")
        return cls(data[2:])

    def __repr__(self) -> str:
        return "KeySet(key=…)"


@command(0x76)
@dataclass(frozen=True, slots=True)
class Challenge(Fixed):
    """CHLNG: the panel's random number (8 bytes) opens the handshake. Answered with CCRYPT."""

    random: bytes
    layout: ClassVar[str] = "8s"


@command(0x77)
@dataclass(frozen=True, slots=True)
class ServerCryptogram(Fixed):
    """SCRYPT: proof that the panel has the key (16 bytes). Answered with RMAC_I."""

    cryptogram: bytes
    layout: ClassVar[str] = "16s"


@command(0x7B)
@dataclass(frozen=True, slots=True)
class ReceiveSize(Fixed):
    """ACURXSIZE: the longest frame that the panel takes."""

    size: int
    layout: ClassVar[str] = "H"


@command(0x80)
@dataclass(frozen=True, slots=True)
class Manufacturer(Tailed):
    """MFG: a vendor's own command; ``vendor`` is its code of 3 bytes."""

    vendor: bytes
    data: bytes
    layout: ClassVar[str] = "3s"
    head: ClassVar[tuple[str, ...]] = ("vendor",)


@command(0xA2)
@dataclass(frozen=True, slots=True)
class Abort(Fixed):
    """Stop what takes long."""


@command(0xA7)
@dataclass(frozen=True, slots=True)
class KeepActive(Fixed):
    """Keep the reader's field on for some milliseconds."""

    milliseconds: int
    layout: ClassVar[str] = "H"
