"""Modbus RTU slaves on one serial port: what locks and barriers speak (Modbus Application Protocol 1.1b3, RTU framing).

Functions 01 read coils, 02 read discrete inputs, 05 write single coil: each request is 8 bytes long. Everything else is
answered with exception 01, an unknown address with 02. Broadcasts and damaged frames get no answer.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from typing import Protocol

import serial

REQUEST_LENGTH = 8
READ_COILS, READ_INPUTS, WRITE_COIL = 1, 2, 5
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
COIL_VALUES = {0xFF00: True, 0x0000: False}


class Device(Protocol):
    """One unit. ``silent`` units do not answer; ``lag`` seconds pass before they do."""

    silent: bool
    lag: float

    def coils(self) -> list[bool]: ...
    def inputs(self) -> list[bool]: ...
    def write_coil(self, address: int, value: bool) -> None: ...


def crc16(data: bytes) -> bytes:
    """CRC-16/MODBUS, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc.to_bytes(2, "little")


def answer(device: Device, request: bytes) -> bytes:
    """The reply frame to a request frame (both with CRC)."""
    unit, function = request[0], request[1]
    address = int.from_bytes(request[2:4], "big")
    value = int.from_bytes(request[4:6], "big")
    if function == WRITE_COIL:
        return _write(device, request, address, value)
    if function not in (READ_COILS, READ_INPUTS):
        return _exception(unit, function, ILLEGAL_FUNCTION)
    bits = device.coils() if function == READ_COILS else device.inputs()
    if not 1 <= value <= 2000:
        return _exception(unit, function, ILLEGAL_VALUE)
    if address + value > len(bits):
        return _exception(unit, function, ILLEGAL_ADDRESS)
    packed = sum(1 << i for i, bit in enumerate(bits[address : address + value]) if bit)
    body = packed.to_bytes((value + 7) // 8, "little")
    return _framed(bytes([unit, function, len(body)]) + body)


def _write(device: Device, request: bytes, address: int, value: int) -> bytes:
    if value not in COIL_VALUES:
        return _exception(request[0], WRITE_COIL, ILLEGAL_VALUE)
    if address >= len(device.coils()):
        return _exception(request[0], WRITE_COIL, ILLEGAL_ADDRESS)
    device.write_coil(address, COIL_VALUES[value])
    return request


def _exception(unit: int, function: int, code: int) -> bytes:
    return _framed(bytes([unit, function | 0x80, code]))


def _framed(body: bytes) -> bytes:
    return body + crc16(body)


class ModbusSlaves:
    """A thread that answers for several units on one port. A gap of 20 ms ends a frame, whole or not."""

    def __init__(self, path: str, baud: int, devices: Mapping[int, Device]) -> None:
        self._port = serial.Serial(path, baud, timeout=0.02)
        self._devices = devices
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"modbus {path}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)
        self._port.close()

    def _run(self) -> None:
        frame = b""
        while not self._stopping.is_set():
            try:
                self._port.timeout = 0.02 if frame else 0.5
                received = self._port.read(REQUEST_LENGTH - len(frame) if frame else 1)
            except (OSError, serial.SerialException):
                self._stopping.wait(0.2)
                continue
            frame = frame + received if received else b""
            if len(frame) == REQUEST_LENGTH:
                self._handle(frame)
                frame = b""

    def _handle(self, frame: bytes) -> None:
        device = self._devices.get(frame[0])
        if device is None or device.silent or crc16(frame[:-2]) != frame[-2:]:
            return
        if device.lag:
            time.sleep(device.lag)
        with contextlib.suppress(OSError, serial.SerialException):
            self._port.write(answer(device, frame))
