"""What the embedded servers have in common: start on a free port, know when ready, restart in place, stop."""

from __future__ import annotations

import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from berth.services import processes
from berth.services.errors import ServiceError
from berth.services.ports import free_port

START_PATIENCE = 60.0
"""Seconds a server may take to be ready; crash recovery of a large database is the longest case."""
ATTEMPTS = 5
"""How often a start is tried again when somebody took the port, or a killed predecessor still lets go."""


class Server(ABC):
    """One server process. Subclasses know its command line and how to tell that it is ready."""

    name: str
    stop_signal: signal.Signals

    def __init__(self, log: Path) -> None:
        self.log = log
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def _launch(self) -> subprocess.Popen[bytes]:
        """Start the process on self.port."""

    @abstractmethod
    def _ready(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether this very process answers now."""

    def start(self) -> None:
        """Start and wait until ready. Raises ServiceError with the end of the server's log."""
        for attempt in range(1, ATTEMPTS + 1):
            self.port = self.port or free_port()
            self.process = self._launch()
            if self._wait_until_ready(self.process):
                return
            processes.kill_group(self.process)
            if attempt < ATTEMPTS:
                self._prepare_next_attempt(attempt)
        raise ServiceError(f"{self.name} did not start; the end of {self.log}:\n{self._log_end()}")

    def _prepare_next_attempt(self, attempt: int) -> None:
        """Another port for a first start; a restart keeps its port, which clients know, and waits a little."""
        if self._has_run:
            time.sleep(0.2 * attempt)
        else:
            self.port = 0

    _has_run = False

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """Ready (True) or gone (False); neither within START_PATIENCE counts as gone."""
        done = wait_for(lambda: process.poll() is not None or self._ready(process), START_PATIENCE)
        self._has_run = self._has_run or (done and process.poll() is None)
        return done and process.poll() is None

    @property
    def running(self) -> bool:
        """Whether our process lives."""
        return self.process is not None and self.process.poll() is None

    def restart(self) -> None:
        """Start again on the same port after a crash."""
        if self.process is not None:
            processes.kill_group(self.process)
        self.start()

    def stop(self) -> None:
        """Stop in the server's own orderly way; harmless when it does not run."""
        if self.process is not None:
            processes.end(self.process, sig=self.stop_signal, patience=30)
            self.process = None

    def _log_end(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-15:]) or "(empty)"


def wait_for(condition: Callable[[], bool], patience: float, pause: float = 0.02) -> bool:
    """Look at a condition every `pause` seconds until it holds (True) or `patience` seconds are over (False)."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
