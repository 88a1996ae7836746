"""A barrier on Modbus RTU: coil 0 opens (1) and closes (0); inputs closed · open · jammed · vehicle under it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pymodbus import ModbusException
from pymodbus.client import ModbusSerialClient
from pymodbus.pdu import ModbusPDU

BAUD = 19200


class BarrierError(Exception):
    """The barrier does not answer, or not intelligibly."""


@dataclass(frozen=True, slots=True)
class BarrierState:
    closed: bool
    open: bool
    jammed: bool
    vehicle: bool


class Barrier:
    """Calls block for at most two seconds and raise BarrierError. For one thread at a time."""

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
