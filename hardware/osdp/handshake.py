"""The panel's way to a secure session, as a table: what is sent in a phase, and where each answer leads."""

from __future__ import annotations

from enum import StrEnum

from .commands import Cap, Challenge, Id, ServerCryptogram
from .messages import Message
from .replies import ClientCryptogram, InitialMac, PdCapabilities, PdId


class Phase(StrEnum):
    """How far a panel has come with a peripheral."""

    OFFLINE = "offline"
    IDENTIFIED = "identified"
    DESCRIBED = "described"
    CHALLENGED = "challenged"
    ONLINE = "online"


SENDS: dict[Phase, type[Message]] = {
    Phase.OFFLINE: Id,
    Phase.IDENTIFIED: Cap,
    Phase.DESCRIBED: Challenge,
    Phase.CHALLENGED: ServerCryptogram,
}

LEADS_TO: dict[Phase, dict[type[Message], Phase]] = {
    Phase.OFFLINE: {PdId: Phase.IDENTIFIED},
    Phase.IDENTIFIED: {PdCapabilities: Phase.DESCRIBED},
    Phase.DESCRIBED: {ClientCryptogram: Phase.CHALLENGED},
    Phase.CHALLENGED: {InitialMac: Phase.ONLINE},
}
