"""The wires between simulated locks and a Kerong board's process: contacts to the board, pulses to the motors.

Each lock has two neighbouring outputs of its board, as hardware.controller.kerong_locks says: lower and raise.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from berth.services.processes import end, launch
from hardware.simulator.devices import SimulatedLock
from hardware.simulator.kerong_board import FAMILIES

LOOK_EVERY = 0.05
STOP_PATIENCE = 2.0


class KerongBoard:
    """The board of a lock bus in a process of its own, with ``locks`` (by unit, at most what one board has) on it."""

    def __init__(
        self, device: str, baud: int, family: str, locks: Mapping[int, SimulatedLock], *, directory: Path, name: str
    ) -> None:
        if max(locks) > FAMILIES[family][1] // 2:
            raise ValueError(f"a {family} board has no room for unit {max(locks)}")
        self._locks = {unit - 1: lock for unit, lock in locks.items()}
        path = directory / f"{name}.wires"
        options = ["--device", device, "--baud", str(baud), "--family", family]
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(1)
        self._command = [sys.executable, "-m", "hardware.simulator.kerong_board", *options, "--wires", str(path)]
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        """In a thread that lives as long as the simulator: the process dies with it."""
        threading.Thread(target=self._serve, name="kerong wires", daemon=True).start()
        self._process = launch(self._command)

    def stop(self) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._process:
            end(self._process, patience=STOP_PATIENCE)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            wires, _ = self._listener.accept()
            threading.Thread(target=self._drive, args=(wires,), name="kerong pulses", daemon=True).start()
            told: tuple[int, int] | None = None
            with wires:
                while not self._stopping.wait(LOOK_EVERY):
                    contacts = self._contacts()
                    if contacts != told:
                        told = contacts
                        line = json.dumps({"hooks": contacts[0], "infrared": contacts[1]})
                        wires.sendall(line.encode() + b"\n")

    def _contacts(self) -> tuple[int, int]:
        """A dead lock makes no contact at all."""
        hooks = infrared = 0
        for pair, lock in self._locks.items():
            raised, lowered, _, vehicle, battery_low = lock.inputs()
            if not lock.silent:
                hooks |= lowered << 2 * pair | raised << 2 * pair + 1
                infrared |= vehicle << 2 * pair | battery_low << 2 * pair + 1
        return hooks, infrared

    def _drive(self, wires: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), wires.makefile("rb") as lines:
            for line in lines:
                pair, raising = divmod(json.loads(line)["pulse"], 2)
                lock = self._locks.get(pair)
                if lock and not lock.silent:
                    lock.write_coil(0, not raising)
