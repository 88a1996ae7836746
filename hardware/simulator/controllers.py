"""A simulated controller: the shipping controller program in a process of its own, on a line, with locks behind it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from berth.services.processes import end, launch
from hardware.simulator.config import ControllerConfig
from hardware.simulator.devices import SimulatedLock
from hardware.simulator.kerong_wiring import KerongBoard
from hardware.simulator.line import SimulatedLine
from hardware.simulator.modbus_slave import ModbusSlaves
from hardware.simulator.panel_socket import PanelSocket

POWER_OFF_PATIENCE = 3.0


class SimulatedController:
    """Its lock bus, its locks, its panel and its process. ``power`` switches the process on and off.

    ``power`` must be called in a thread that lives as long as the simulator: the process dies with it.
    """

    def __init__(
        self,
        config: ControllerConfig,
        *,
        line: SimulatedLine,
        line_baud: int,
        locks: Mapping[str, SimulatedLock],
        directory: Path,
        log: Path,
        on_change: Callable[[], None],
    ) -> None:
        self.config = config
        self.code = config.code
        self.line = line
        self.panel = PanelSocket(directory / f"{config.code}.sock", on_change)
        self.bus = SimulatedLine(["master", "locks"], config.bus_baud)
        self._slaves = _behind(config, self.bus, locks, directory)
        self._journal = directory / f"{config.code}.journal"
        self._file = directory / f"{config.code}.json"
        self._log = log
        self._line_baud = line_baud
        self._process: subprocess.Popen[bytes] | None = None
        self.wire_cut = False

    def start(self) -> None:
        self.bus.start()
        self._slaves.start()
        self._file.touch(mode=0o600)
        self._file.write_text(json.dumps(self._program_config()))
        self.power(True)

    def stop(self) -> None:
        self.power(False)
        self._slaves.stop()
        self.bus.stop()
        self.panel.close()

    def cut_wire(self, cut: bool) -> None:
        """Take it off its line, or put it back."""
        if cut:
            self.line.cut(self.code)
        else:
            self.line.reconnect(self.code)
        self.wire_cut = cut

    @property
    def powered(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def power(self, on: bool) -> None:
        """On: start the program where it does not run. Off: kill it, as a power cut would."""
        if on and not self.powered:
            with self._log.open("ab") as log:
                self._process = launch(
                    [sys.executable, "-m", "hardware.controller", "--config", str(self._file)], output=log
                )
        elif not on and self._process:
            self._process.kill()
            end(self._process, patience=POWER_OFF_PATIENCE)
            self._process = None

    def _program_config(self) -> dict[str, object]:
        return {
            "address": self.config.address,
            "scbk": self.config.scbk,
            "line": {"device": self.line.path(self.code), "baud": self._line_baud},
            "lock_bus": {
                "driver": self.config.driver,
                "device": self.bus.path("master"),
                "baud": self.config.bus_baud,
                "units": [item.unit for item in self.config.locks],
            },
            "panel": {"socket": str(self.panel.path)},
            "journal": str(self._journal),
            "times": self.config.times,
        }


def _behind(
    config: ControllerConfig, bus: SimulatedLine, locks: Mapping[str, SimulatedLock], directory: Path
) -> ModbusSlaves | KerongBoard:
    """What answers on the lock bus: a Modbus slave for each lock, or the board that the locks are wired to."""
    units = {item.unit: locks[item.spot] for item in config.locks}
    path = bus.path("locks")
    if config.driver == "modbus":
        return ModbusSlaves(path, config.bus_baud, units)
    family = config.driver.removeprefix("kerong-")
    return KerongBoard(path, config.bus_baud, family, units, directory=directory, name=config.code)
