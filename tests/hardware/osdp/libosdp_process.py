"""The test's side of the libosdp process, and of our own loops: start, tell, wait for what is said."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import serial

from hardware.line.loop import BusLoop, PeripheralLoop
from hardware.osdp.control_panel import ControlPanel
from hardware.osdp.events import Event
from hardware.osdp.peripheral import Peripheral
from hardware.simulator.line import SimulatedLine

PEER = Path(__file__).with_name("libosdp_peer.py")
PATIENCE = 20.0


class Diary:
    """Remembers what has been said and lets a test wait for something not yet claimed."""

    def __init__(self) -> None:
        self._said: list[Any] = []
        self._changed = threading.Condition()

    def note(self, item: Any) -> None:
        with self._changed:
            self._said.append(item)
            self._changed.notify_all()

    def wait_for(self, wanted: Callable[[Any], bool]) -> Any:
        """The first unclaimed item that is wanted; it is claimed. Fails the test when it does not come."""
        found: list[Any] = []

        def claim() -> bool:
            found.extend([item for item in self._said if wanted(item)][:1])
            return bool(found)

        with self._changed:
            assert self._changed.wait_for(claim, PATIENCE), f"not among the last of {self._said[-6:]}"
            self._said.remove(found[0])
        return found[0]

    def wait_for_event(self, kind: type[Event]) -> Any:
        return self.wait_for(lambda item: isinstance(item, kind))

    def heard(self, kind: type[Event]) -> list[Any]:
        with self._changed:
            return [item for item in self._said if isinstance(item, kind)]


class Libosdp(Diary):
    """libosdp in a process, as ``panel`` or ``peripheral``."""

    def __init__(self, role: str, device: str, address: int, key: bytes | None) -> None:
        super().__init__()
        order = {"role": role, "device": device, "address": address, "key": key.hex() if key else None}
        self._process = subprocess.Popen(
            [sys.executable, str(PEER), json.dumps(order)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait_for(lambda item: "ready" in item)

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.note(json.loads(line))

    def order(self, **order: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")

    def submit(self, **item: Any) -> None:
        """A command (panel) or an event (peripheral), as libosdp names its fields."""
        self.order(submit=item)
        assert self.wait_for(lambda said: "submitted" in said)["submitted"]

    def wait_secure(self) -> None:
        self.wait_for(lambda item: item.get("secure") is True)

    def wait_command(self, number: int) -> dict[str, Any]:
        """At a peripheral: the next command with libosdp's number for it."""
        said: dict[str, Any] = self.wait_for(lambda item: item.get("command", {}).get("command") == number)
        return said["command"]  # type: ignore[no-any-return]

    def wait_event(self, number: int, **fields: Any) -> dict[str, Any]:
        """At a panel: the next event with libosdp's number for it, and these fields."""
        wanted = {"event": number, **fields}
        said: dict[str, Any] = self.wait_for(lambda item: wanted.items() <= item.get("event", {}).items())
        return said["event"]  # type: ignore[no-any-return]

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._reader.join()
        self._process.stdout.close()


class OurEnd(Diary):
    """Our panel or peripheral, running its loop on a node of the line."""

    loop: BusLoop | PeripheralLoop

    def __init__(self, line: SimulatedLine, node: str, machine: ControlPanel | Peripheral) -> None:
        super().__init__()
        self._port = serial.Serial(line.path(node), line.baud, timeout=0)
        if isinstance(machine, ControlPanel):
            self.loop = BusLoop(self._port, machine, self.note)
        else:
            self.loop = PeripheralLoop(self._port, machine, self.note)
        self._thread = threading.Thread(target=self.loop.run)
        self._thread.start()

    def close(self) -> None:
        self.loop.stop()
        self._thread.join()
        self._port.close()
