"""Berth's own messages, inside osdp_MFG (to a controller) and osdp_MFGREP (from a controller, as the answer to POLL).

Envelope, after the vendor code of 3 bytes: version u8 (1) · kind u8 · number u16 · body; numbers are little endian.

**Acknowledgement.** A reply can be lost, and a lot server can die after it has read one. So each message from a
controller carries a number of its own (never 0) and is repeated until the lot server has *dealt with* it and says so:
every message to a controller carries the number that it acknowledges, 0 for none; :class:`Acknowledge` does only that.
A receiver therefore sees a message once or several times and must take repetitions as one (they carry the same request,
attempt or command number). Messages *to* a controller need no such number: the answer to MFG is their receipt, the
panel repeats until it has it, and what must not happen twice carries a request or command number.

===========================  ====  =================================================================================
from a controller            kind  body
===========================  ====  =================================================================================
:class:`Swipe`               0x01  request u16 · attempt u8 · credential
:class:`LockReport`          0x02  request u16 · command u16 · lock u8 · outcome u8 · status u8 · tries u8 · took u16
:class:`Emergency`           0x03  request u16 · reason u8
:class:`Status`              0x04  flags u8 · one status u8 per lock
===========================  ====  =================================================================================

===========================  ====  =================================================================================
to a controller              kind  body
===========================  ====  =================================================================================
:class:`Acknowledge`         0x80  –
:class:`Open`                0x81  request u16 · lock u8 · hold u16 (seconds)
:class:`Elsewhere`           0x82  request u16 · directions, UTF-8
:class:`Denied`              0x83  request u16 · reason u8
:class:`Unlock`              0x84  command u16 · lock u8 · hold u16 (seconds)
:class:`Raise`               0x85  command u16 · lock u8
:class:`Show`                0x86  seconds u16 · text, UTF-8
:class:`QueryStatus`         0x87  –
:class:`Test`                0x8A  command u16 · lock u8
===========================  ====  =================================================================================

:class:`Open`, :class:`Elsewhere` and :class:`Denied` are the three verdicts on a swipe.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import ClassVar, Self

from .commands import Manufacturer
from .messages import Fixed, Message, MessageError, Registry, Tailed, pack, unpack
from .replies import ManufacturerReply

#: Vendor code in MFG, MFGREP and PDID. Locally administered (bit 1 of byte 0 is set), so no IEEE OUI is the same.
BERTH = b"\x42\x54\x48"
VERSION = 1

FROM_CONTROLLER = Registry()
TO_CONTROLLER = Registry()


class LockStatus(IntFlag):
    """What a controller knows of a lock; RAISED and LOWERED both clear means under way or unknown."""

    RAISED = 1
    LOWERED = 2
    JAMMED = 4
    VEHICLE = 8
    BATTERY_LOW = 16
    UNREACHABLE = 32


class Outcome(IntEnum):
    """How an order to a lock ended."""

    OPENED = 1
    RAISED = 2
    FAILED = 3
    REFUSED = 4
    CHANGED = 5
    TESTED = 6


class EmergencyReason(IntEnum):
    """Why help is called."""

    BUTTON = 1
    LOCK_FAILED = 2
    TAMPER = 3


class DenialReason(IntEnum):
    """Why a swipe does not open a lock."""

    UNKNOWN_CARD = 1
    BAD_CREDENTIAL = 2
    REVOKED = 3
    NO_GRANT = 4
    TOO_EARLY = 5
    TOO_LATE = 6
    LOCK_OUT_OF_ORDER = 7
    UNAVAILABLE = 8


class StatusFlag(IntFlag):
    """What a controller says of itself."""

    TAMPER = 1
    POWER_FAILING = 2
    STARTED = 4
    OFFLINE_DECISIONS = 8


@FROM_CONTROLLER.register(0x01)
@dataclass(frozen=True, slots=True)
class Swipe(Tailed):
    """A card was held to the reader. ``request`` names the swipe, ``attempt`` (from 1) counts verifications of it."""

    request: int
    attempt: int
    credential: bytes
    layout: ClassVar[str] = "HB"
    head: ClassVar[tuple[str, ...]] = ("request", "attempt")
    tail: ClassVar[str] = "credential"

    def __repr__(self) -> str:
        return f"Swipe(request={self.request}, attempt={self.attempt}, credential=…)"


@FROM_CONTROLLER.register(0x02)
@dataclass(frozen=True, slots=True)
class LockReport(Fixed):
    """What became of an order: ``request`` (a swipe) or ``command`` says whose, the other is 0; both 0: by itself.

    ``outcome`` is an :class:`Outcome`, ``status`` a :class:`LockStatus`, ``tries`` how often the lock was asked,
    ``took`` hundredths of a second from the first time until it was there (0: not measured).
    """

    request: int
    command: int
    lock: int
    outcome: int
    status: int
    tries: int = 1
    took: int = 0
    layout: ClassVar[str] = "HHBBBBH"


@FROM_CONTROLLER.register(0x03)
@dataclass(frozen=True, slots=True)
class Emergency(Fixed):
    """Somebody needs help; ``request`` is the swipe that it is about, or 0; ``reason`` an :class:`EmergencyReason`."""

    request: int
    reason: int
    layout: ClassVar[str] = "HB"


@FROM_CONTROLLER.register(0x04)
@dataclass(frozen=True, slots=True)
class Status(Message):
    """All locks, by index, and :class:`StatusFlag` of the controller."""

    locks: tuple[int, ...]
    flags: int = 0

    def encode(self) -> bytes:
        return pack(f"B{len(self.locks)}B", self.flags, *self.locks)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        flags, *locks = unpack(f"{max(1, len(data))}B", data)
        return cls(tuple(locks), flags)


@TO_CONTROLLER.register(0x80)
@dataclass(frozen=True, slots=True)
class Acknowledge(Fixed):
    """Dealt with; do not repeat it."""


@TO_CONTROLLER.register(0x81)
@dataclass(frozen=True, slots=True)
class Open(Fixed):
    """Verdict: this controller opens this lock, which may stay down empty for ``hold`` seconds (0: no limit)."""

    request: int
    lock: int
    hold: int = 0
    layout: ClassVar[str] = "HBH"


@dataclass(frozen=True, slots=True)
class _Worded(Message):
    number: int
    text: str

    def encode(self) -> bytes:
        return pack("H", self.number) + self.text.encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        (number,) = unpack("H", data[:2])
        try:
            return cls(number, data[2:].decode())
        except UnicodeDecodeError as error:
            raise MessageError(str(error)) from None


@TO_CONTROLLER.register(0x82)
@dataclass(frozen=True, slots=True)
class Elsewhere(_Worded):
    """Verdict: the spot belongs to another controller; ``text`` says the way."""

    @property
    def request(self) -> int:
        return self.number


@TO_CONTROLLER.register(0x83)
@dataclass(frozen=True, slots=True)
class Denied(Fixed):
    """Verdict: no. ``reason`` is a :class:`DenialReason`."""

    request: int
    reason: int
    layout: ClassVar[str] = "HB"


@TO_CONTROLLER.register(0x84)
@dataclass(frozen=True, slots=True)
class Unlock(Fixed):
    """Open a lock by order of the lot (phone as key, staff override); ``command`` makes a repetition harmless."""

    command: int
    lock: int
    hold: int = 0
    layout: ClassVar[str] = "HBH"


@TO_CONTROLLER.register(0x85)
@dataclass(frozen=True, slots=True)
class Raise(Fixed):
    """Raise a lock; ``command`` makes a repetition harmless."""

    command: int
    lock: int
    layout: ClassVar[str] = "HB"


@TO_CONTROLLER.register(0x86)
@dataclass(frozen=True, slots=True)
class Show(_Worded):
    """Show text on the display for some seconds (0: until something else is shown)."""

    @property
    def seconds(self) -> int:
        return self.number


@TO_CONTROLLER.register(0x87)
@dataclass(frozen=True, slots=True)
class QueryStatus(Fixed):
    """Send :class:`Status`."""


@TO_CONTROLLER.register(0x8A)
@dataclass(frozen=True, slots=True)
class Test(Fixed):
    """Lower a lock and raise it again, where no vehicle stands; ``command`` makes a repetition harmless."""

    command: int
    lock: int
    layout: ClassVar[str] = "HB"
    __test__: ClassVar[bool] = False  # pytest takes classes of this name for its own


@dataclass(frozen=True, slots=True)
class Envelope:
    """A vendor message with its number: its own from a controller, the acknowledged one to a controller."""

    number: int
    message: Message


def _wrap(registry: Registry, message: Message, number: int) -> bytes:
    if registry.get(message.code) is not type(message):
        raise MessageError(f"{type(message).__name__} does not go this way")
    return pack("BBH", VERSION, message.code, number) + message.encode()


def _unwrap(registry: Registry, vendor: bytes, data: bytes) -> Envelope:
    version, kind, number = unpack("BBH", data[:4])
    if vendor != BERTH or version != VERSION:
        raise MessageError("another vendor, or a version that we do not speak")
    return Envelope(number, registry.decode(kind, data[4:]))


def to_controller(message: Message, *, acknowledges: int = 0) -> Manufacturer:
    """The command that carries a message to a controller."""
    return Manufacturer(BERTH, _wrap(TO_CONTROLLER, message, acknowledges))


def from_controller(message: Message, *, number: int) -> ManufacturerReply:
    """The reply that carries a message from a controller."""
    return ManufacturerReply(BERTH, _wrap(FROM_CONTROLLER, message, number))


def read_command(command: Manufacturer) -> Envelope:
    """Raises :class:`MessageError`, which covers other vendors and unknown kinds."""
    return _unwrap(TO_CONTROLLER, command.vendor, command.data)


def read_reply(reply: ManufacturerReply) -> Envelope:
    """Raises :class:`MessageError`, which covers other vendors and unknown kinds."""
    return _unwrap(FROM_CONTROLLER, reply.vendor, reply.data)
