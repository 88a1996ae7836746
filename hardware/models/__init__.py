"""The lot's hardware as the platform knows it: devices and their twins, grants down, events up."""

from hardware.models.access import AccessCard, Grant
from hardware.models.device import Controller, SpotLock
from hardware.models.event import CallStep, EmergencyCall, LockCommand, LotEvent
from hardware.models.gate_picture import GatePicture
from hardware.models.gate_state import GateState
from hardware.models.lot_server import EpochRaise, LotServer

__all__ = [
    "AccessCard",
    "CallStep",
    "Controller",
    "EmergencyCall",
    "EpochRaise",
    "GatePicture",
    "GateState",
    "Grant",
    "LockCommand",
    "LotEvent",
    "LotServer",
    "SpotLock",
]
