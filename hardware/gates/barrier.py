"""Barriers behind one interface: on Modbus RTU, or driven by the camera (ISAPI).

Modbus: coil 0 opens (1) and closes (0); inputs closed · open · jammed · vehicle under it.
ISAPI: PUT of <BarrierGate> to the camera's barrier channel, HTTP Digest. It tells nothing of vehicles: such a barrier
has a loop of its own and closes by itself behind the car.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from xml.etree.ElementTree import ParseError

import requests
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pymodbus import ModbusException
from pymodbus.client import ModbusSerialClient
from pymodbus.pdu import ModbusPDU

BAUD = 19200
HTTP_PATIENCE = 2.0
ORDER = '<BarrierGate version="1.0" xmlns="http://www.isapi.org/ver20/XMLSchema"><ctrlMode>{}</ctrlMode></BarrierGate>'
OK = "1"
"""statusCode of a ResponseStatus that is none of an error."""


class BarrierError(Exception):
    """The barrier does not answer, or not intelligibly."""


@dataclass(frozen=True, slots=True)
class BarrierState:
    closed: bool
    open: bool
    jammed: bool
    vehicle: bool


@dataclass(frozen=True, slots=True)
class ModbusBarrierConfig:
    device: str
    unit: int


@dataclass(frozen=True, slots=True)
class IsapiBarrierConfig:
    """``url`` is the barrier channel's, on the camera."""

    url: str
    username: str
    password: str = field(repr=False)


BarrierConfig = ModbusBarrierConfig | IsapiBarrierConfig


class Barrier(Protocol):
    """Calls block for a few seconds at most and raise BarrierError. For one thread at a time."""

    closes_itself: bool
    """It watches the car itself; it neither tells its state nor wants to be closed."""

    def drive(self, opened: bool) -> None: ...
    def state(self) -> BarrierState: ...
    def close(self) -> None:
        """Let go of the port."""


def barrier_of(config: BarrierConfig) -> Barrier:
    if isinstance(config, IsapiBarrierConfig):
        return IsapiBarrier(config)
    return ModbusBarrier(config.device, config.unit)


class IsapiBarrier:
    """The barrier on a camera's relay."""

    closes_itself = True

    def __init__(self, config: IsapiBarrierConfig) -> None:
        self._url = config.url
        self._session = requests.Session()
        self._session.auth = requests.auth.HTTPDigestAuth(config.username, config.password)

    def drive(self, opened: bool) -> None:
        order = ORDER.format("open" if opened else "close").encode()
        try:
            answer = self._session.put(
                self._url, order, headers={"Content-Type": "application/xml"}, timeout=HTTP_PATIENCE
            )
        except requests.RequestException as error:
            raise BarrierError(f"the camera does not answer: {type(error).__name__}") from error
        if answer.status_code != requests.codes.ok or _status_code(answer.content) != OK:
            raise BarrierError(f"the camera refused: {answer.status_code}")

    def state(self) -> BarrierState:
        raise BarrierError("the camera does not tell the barrier's state")

    def close(self) -> None:
        self._session.close()


def _status_code(xml: bytes) -> str:
    """What a ResponseStatus says; empty for anything else."""
    try:
        root = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return ""
    return next((e.text or "" for e in root.iter() if str(e.tag).rpartition("}")[2] == "statusCode"), "")


class ModbusBarrier:
    """One on an RS-485 line."""

    closes_itself = False

    def __init__(self, device: str, unit: int, baud: int = BAUD) -> None:
        self._unit = unit
        self._client = ModbusSerialClient(device, baudrate=baud, timeout=0.3, retries=1)

    def drive(self, opened: bool) -> None:
        self._ask(lambda: self._client.write_coil(0, opened, device_id=self._unit))

    def state(self) -> BarrierState:
        answer = self._ask(lambda: self._client.read_discrete_inputs(0, count=4, device_id=self._unit))
        return BarrierState(*(bool(bit) for bit in answer.bits[:4]))

    def _ask(self, request: Callable[[], ModbusPDU]) -> ModbusPDU:
        """The answer; on a port opened anew where the one we had is dead (an adapter was unplugged)."""
        try:
            return self._try(request)
        except BarrierError:
            self.close()
        return self._try(request)

    def _try(self, request: Callable[[], ModbusPDU]) -> ModbusPDU:
        try:
            if not self._connected():
                raise BarrierError("the port does not open")
            answer = request()
        except (ModbusException, OSError) as error:
            self.close()
            raise BarrierError(str(error)) from error
        if answer.isError():
            raise BarrierError(str(answer))
        return answer

    def close(self) -> None:
        self._client.close()  # type: ignore[no-untyped-call]  # pymodbus leaves it unannotated

    def _connected(self) -> bool:
        return bool(self._client.connected or self._client.connect())
