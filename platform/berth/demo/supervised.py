"""One process under supervision: started, watched, started again after a crash, stopped."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from berth.demo.processes import ROOT, ProcessSpec
from berth.services import processes

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a crashed process starts again: doubled at each crash."""
SETTLED = 30.0
"""Seconds of running after which a crash counts as a first one again."""


class Supervised:
    """A process of the demo. `track(group, alive)` is told of each process group that begins or ends."""

    def __init__(self, spec: ProcessSpec, log: Path, track: Callable[[int, bool], None]) -> None:
        self.spec = spec
        self.log = log
        self.wanted = False
        self._track = track
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        self._started_at = 0.0
        self._crashes = 0
        self._not_before = 0.0

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def is_ready(self) -> bool:
        """Whether it runs and does its work."""
        return self.pid is not None and self.spec.ready.holds(self.log, self._log_start)

    def start(self) -> None:
        """Start it unless it runs."""
        self.wanted = True
        if self.pid is not None:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._process = processes.launch(self.spec.command, output=log, env=self.spec.environment, cwd=ROOT)
        self._track(self._process.pid, True)
        self._started_at = time.monotonic()

    def stop(self, patience: float = 15.0) -> None:
        """End it in its own way, and with force what does not end within `patience` seconds."""
        self.wanted = False
        if self._process is not None:
            processes.end(self._process, patience=patience)
            self._forget()

    def ask_to_stop(self) -> None:
        """Tell it without waiting; `stop` waits."""
        self.wanted = False
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it and all that it started, as a crash does; it comes back by itself."""
        if self._process is not None:
            processes.kill_group(self._process)

    def look(self) -> str | None:
        """Notice a crash and start again when its pause is over; a line to report, if there is one."""
        if not self.wanted or self.pid is not None:
            return None
        if self._process is not None:
            return self._note_crash(self._process)
        if time.monotonic() >= self._not_before:
            self.start()
        return None

    def _note_crash(self, process: subprocess.Popen[bytes]) -> str:
        processes.kill_group(process)
        self._forget()
        now = time.monotonic()
        self._crashes = 1 if now - self._started_at > SETTLED else self._crashes + 1
        pause = min(FIRST_PAUSE * 2 ** (self._crashes - 1), LONGEST_PAUSE)
        self._not_before = now + pause
        how = f"signal {-process.returncode}" if process.returncode < 0 else f"code {process.returncode}"
        return f"{self.spec.name} ended ({how}); starting it again in {pause:g} s. Its log: {self.log}"

    def _forget(self) -> None:
        if self._process is not None:
            self._track(self._process.pid, False)
            self._process = None
