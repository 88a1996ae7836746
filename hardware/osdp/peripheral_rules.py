"""What a peripheral does with a command, as tables: when it may come, and what answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from . import commands, replies
from .messages import Message
from .replies import Capability, Function, PdCapabilities, PdId


class Guard(StrEnum):
    """How far the panel has proved itself."""

    CLEAR = "clear"
    CHALLENGED = "challenged"
    SECURE = "secure"


HANDSHAKE: frozenset[type[Message]] = frozenset({commands.Id, commands.Cap, commands.Challenge})

#: What is taken from a panel; None is everything. Anything else is refused with NAK 6.
ALLOWED: dict[Guard, frozenset[type[Message]] | None] = {
    Guard.CLEAR: HANDSHAKE,
    Guard.CHALLENGED: HANDSHAKE | {commands.ServerCryptogram},
    Guard.SECURE: None,
}

BERTH_CAPABILITIES = PdCapabilities((
    Capability(Function.CONTACT_STATUS, 1, 1),
    Capability(Function.OUTPUT_CONTROL, 1, 1),
    Capability(Function.CARD_FORMAT, 1, 0),
    Capability(Function.LED_CONTROL, 1, 1),
    Capability(Function.AUDIBLE, 1, 1),
    Capability(Function.TEXT, 1, 1),
    Capability(Function.CHECK_CHARACTER, 1, 0),
    Capability(Function.COMMUNICATION_SECURITY, 1, 1),
    Capability(Function.RECEIVE_BUFFER, 0xA0, 5),
    Capability(Function.READERS, 0, 1),
))  # fmt: skip


BAUD_RATES = (9600, 19200, 38400, 57600, 115200, 230400)


@dataclass(slots=True)
class Facts:
    """What the program keeps up to date and a peripheral answers enquiries from."""

    identity: PdId
    capabilities: PdCapabilities = BERTH_CAPABILITIES
    local: replies.LocalStatus = field(default_factory=replies.LocalStatus)
    inputs: replies.InputStatus = field(default_factory=lambda: replies.InputStatus((0,)))
    outputs: replies.OutputStatus = field(default_factory=lambda: replies.OutputStatus((0,)))
    readers: replies.ReaderStatus = field(default_factory=lambda: replies.ReaderStatus((0,)))
    baud: int = 38400


ANSWERS: dict[type[Message], Callable[[Facts], Message]] = {
    commands.Id: lambda facts: facts.identity,
    commands.Cap: lambda facts: facts.capabilities,
    commands.LStat: lambda facts: facts.local,
    commands.IStat: lambda facts: facts.inputs,
    commands.OStat: lambda facts: facts.outputs,
    commands.RStat: lambda facts: facts.readers,
}
