"""Locks on Modbus RTU, one unit each, this controller the only master.

Register map: coil 0 commands the lock (1 lower, 0 raise); discrete inputs 0 raised · 1 lowered · 2 jammed · 3 vehicle
present · 4 battery low.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from pymodbus import ModbusException
from pymodbus.client import ModbusSerialClient
from pymodbus.pdu import ModbusPDU

from hardware.controller.lock_driver import LockUnreachable
from hardware.osdp.vendor import LockStatus

COMMAND_COIL = 0
INPUTS = (LockStatus.RAISED, LockStatus.LOWERED, LockStatus.JAMMED, LockStatus.VEHICLE, LockStatus.BATTERY_LOW)


class ModbusLockDriver:
    """Locks on Modbus RTU."""

    def __init__(self, device: str, baud: int, timeout: float = 0.25) -> None:
        self._client = ModbusSerialClient(device, baudrate=baud, timeout=timeout, retries=1)

    def drive(self, unit: int, lower: bool) -> None:
        self._ask(lambda: self._client.write_coil(COMMAND_COIL, lower, device_id=unit))

    def read(self, unit: int) -> LockStatus:
        answer = self._ask(lambda: self._client.read_discrete_inputs(0, count=len(INPUTS), device_id=unit))
        status = LockStatus(0)
        for flag, on in zip(INPUTS, answer.bits, strict=False):
            if on:
                status |= flag
        return status

    def _ask(self, request: Callable[[], ModbusPDU]) -> ModbusPDU:
        """The answer; after a failure the port is opened anew, because the client keeps noise that it has read."""
        try:
            self._connect()
            answer = request()
        except LockUnreachable:
            raise
        except (ModbusException, OSError, ValueError, LookupError, struct.error) as error:  # noise decodes to anything
            self.close()
            raise LockUnreachable(str(error)) from error
        if answer.isError():
            raise LockUnreachable(str(answer))
        return answer

    def close(self) -> None:
        self._client.close()  # type: ignore[no-untyped-call]  # pymodbus leaves it unannotated

    def _connect(self) -> None:
        if not self._client.connected and not self._client.connect():
            raise LockUnreachable("the port does not open")
