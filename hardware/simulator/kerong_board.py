"""A simulated Kerong CU lock board as a program of its own: the electronics between RS-485 and the wires to the locks.

``python -m hardware.simulator.kerong_board --device <tty> --baud 19200 --family cu16 --board 0 --wires <socket>``

On the wires (JSON lines over a Unix socket that the simulator listens on) it hears the contacts, {"hooks": 5,
"infrared": 0} with a bit for each output, and says which output it pulses, {"pulse": 3}. On RS-485 it speaks as the
public descriptions of the boards say. Written apart from the driver (hardware.controller.kerong), so that each proves
the other.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import threading
from dataclasses import dataclass, field

import serial

FAMILIES = {"cu16": (5, 16), "cu48": (6, 48)}
"""Family → bytes of a request, outputs."""
FRAME_GAP = 0.02
"""Seconds of silence that end a frame, whole or not."""


@dataclass(slots=True)
class Board:
    """``answer`` takes a request frame; pulsed outputs gather in ``pulsed``."""

    family: str
    number: int
    hooks: int = 0
    infrared: int = 0
    pulsed: list[int] = field(default_factory=list)

    def answer(self, request: bytes) -> bytes:
        """The reply, empty for what is damaged, not for this board, or not answered by such boards."""
        length, _ = FAMILIES[self.family]
        if len(request) != length or request[0] != 2 or request[-2] != 3 or sum(request[:-1]) % 256 != request[-1]:
            return b""
        return self._short(request) if self.family == "cu16" else self._long(request)

    def _short(self, request: bytes) -> bytes:
        board, lock, command = request[1] >> 4, request[1] & 15, request[2]
        if board != self.number:
            return b""
        if command == 0x31:
            self.pulsed.append(lock)
            return b""
        if command != 0x30:
            return b""
        contacts = [self.hooks & 255, self.hooks >> 8 & 255, self.infrared & 255, self.infrared >> 8 & 255]
        return _with_sum([2, request[1], 0x35, *contacts, 3])

    def _long(self, request: bytes) -> bytes:
        _, board, lock, command = request[:4]
        if board != self.number or lock >= 48 or command not in (0x60, 0x61):
            return b""
        if command == 0x61:
            self.pulsed.append(lock)
            return _with_sum([2, board, lock, 0x75, 0])
        contacts = [value >> 8 * byte & 255 for value in (self.hooks, self.infrared) for byte in range(6)]
        return _with_sum([2, board, lock, 0x75, len(contacts), *contacts])


def _with_sum(body: list[int]) -> bytes:
    return bytes([*body, sum(body) % 256])


def serve(board: Board, port: serial.Serial, wires: socket.socket) -> None:
    """Until the wires are cut."""
    length, _ = FAMILIES[board.family]
    frame = b""
    while True:
        port.timeout = FRAME_GAP if frame else None
        received = port.read(length - len(frame) if frame else 1)
        frame = frame + received if received else b""
        if len(frame) < length:
            continue
        if reply := board.answer(frame):
            port.write(reply)
        frame = b""
        while board.pulsed:
            wires.sendall(json.dumps({"pulse": board.pulsed.pop(0)}).encode() + b"\n")


def _feel(board: Board, port: serial.Serial, wires: socket.socket) -> None:
    """What the contacts do; where the wires end, so does the board."""
    with wires.makefile("rb") as lines:
        for line in lines:
            contacts = json.loads(line)
            board.hooks, board.infrared = contacts["hooks"], contacts["infrared"]
    port.cancel_read()
    port.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m hardware.simulator.kerong_board", description=__doc__)
    parser.add_argument("--device", required=True)
    parser.add_argument("--baud", type=int, default=19200)
    parser.add_argument("--family", choices=FAMILIES, default="cu16")
    parser.add_argument("--board", type=int, default=0)
    parser.add_argument("--wires", required=True)
    arguments = parser.parse_args()
    board = Board(arguments.family, arguments.board)
    with socket.socket(socket.AF_UNIX) as wires, serial.Serial(arguments.device, arguments.baud) as port:
        wires.connect(arguments.wires)
        threading.Thread(target=_feel, args=(board, port, wires), daemon=True).start()
        try:
            serve(board, port, wires)
        except (OSError, TypeError, serial.SerialException):  # the port was closed: the simulator has ended
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
