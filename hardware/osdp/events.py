"""What a control panel or a peripheral tells the program around it. ``address`` names the peripheral on its bus."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .messages import Message
from .replies import CardData, Keypad, Nak, PdCapabilities, PdId
from .replies import LocalStatus as LocalStatusReply


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened on the bus."""

    address: int


class OfflineReason(StrEnum):
    """Why a peripheral is no longer spoken to, or a panel no longer heard."""

    NO_ANSWER = "no_answer"
    SESSION_LOST = "session_lost"
    REKEYED = "rekeyed"
    SILENCE = "silence"


class Rejection(StrEnum):
    """Why something that arrived was not believed."""

    FRAME = "frame"
    UNEXPECTED = "unexpected"
    SEQUENCE = "sequence"
    CLEAR_TEXT = "clear_text"
    MAC = "mac"
    MESSAGE = "message"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Online(Event):
    """A secure session stands. At a peripheral, ``identity`` and ``capabilities`` are its own."""

    identity: PdId
    capabilities: PdCapabilities


@dataclass(frozen=True, slots=True)
class Offline(Event):
    """The session has ended."""

    reason: OfflineReason


@dataclass(frozen=True, slots=True)
class Rejected(Event):
    """Bytes, a frame or a message that was refused; counted by reason on the machine that refused it."""

    reason: Rejection


@dataclass(frozen=True, slots=True)
class KeyMismatch(Event):
    """The two ends do not hold the same base key. Told once until the peripheral has been online again."""


@dataclass(frozen=True, slots=True)
class ClearTextDevice(Event):
    """The peripheral refuses Secure Channel; nothing but its identity is asked. Told once."""


@dataclass(frozen=True, slots=True)
class AddressClash(Event):
    """A suspicion: answers of this address come garbled or twice while others are heard well. Told once."""


@dataclass(frozen=True, slots=True)
class CardRead(Event):
    """A card, from a reader that sends plain osdp_RAW."""

    card: CardData


@dataclass(frozen=True, slots=True)
class KeysPressed(Event):
    """Keys on a reader."""

    keys: Keypad


@dataclass(frozen=True, slots=True)
class VendorMessage(Event):
    """A message of :mod:`.vendor`. From a controller it repeats until ``number`` is acknowledged."""

    number: int
    message: Message


@dataclass(frozen=True, slots=True)
class LocalStatus(Event):
    """Tamper and power of a peripheral."""

    status: LocalStatusReply


@dataclass(frozen=True, slots=True)
class OtherReply(Event):
    """An answer to a poll that has no event of its own: inputs, outputs, readers, another vendor's."""

    reply: Message


@dataclass(frozen=True, slots=True)
class CommandDone(Event):
    """A queued command was answered."""

    ticket: int
    command: Message
    reply: Message


@dataclass(frozen=True, slots=True)
class CommandFailed(Event):
    """A queued command was refused (``refusal``), or could not be delivered before its deadline (None)."""

    ticket: int
    command: Message
    refusal: Nak | None


@dataclass(frozen=True, slots=True)
class CommandReceived(Event):
    """At a peripheral: a command of the panel, already answered."""

    command: Message


@dataclass(frozen=True, slots=True)
class KeyChanged(Event):
    """At a peripheral: a new base key, to be stored before the next start."""

    key: bytes


@dataclass(frozen=True, slots=True)
class Acknowledged(Event):
    """At a peripheral: the panel has dealt with the vendor message of this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Replayed(Event):
    """At a peripheral: a frame with a valid check but a wrong MAC: replayed or forged. The session was dropped."""
