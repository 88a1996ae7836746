"""Start, signal and end a child process that never outlives us."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Literal

Identity = Literal["same", "namespace", "nobody"]

LAUNCHER = Path(__file__).with_name("launch.py")


def launch(
    command: Sequence[str | Path],
    *,
    output: IO[bytes] | int | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    identity: Identity = "same",
) -> subprocess.Popen[bytes]:
    """Start a command as the leader of a session of its own; it gets `death_signal` when the calling *thread* ends."""
    return subprocess.Popen(
        launcher_command(command, death_signal=death_signal, identity=identity),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=env,
        cwd=cwd,
        start_new_session=True,
    )


def launcher_command(
    command: Sequence[str | Path],
    *,
    death_signal: signal.Signals = signal.SIGTERM,
    identity: Identity = "same",
    probe: Path | None = None,
) -> list[str]:
    """The command line that runs `command` through the launcher."""
    probing = ["--probe", str(probe)] if probe else []
    options = [str(os.getpid()), str(int(death_signal)), identity, *probing]
    return [sys.executable, "-I", "-S", str(LAUNCHER), *options, "--", *map(str, command)]


def end(process: subprocess.Popen[bytes], *, sig: signal.Signals = signal.SIGTERM, patience: float = 20.0) -> bool:
    """Ask a process to stop, wait, then kill what is left of its group; True if it stopped by itself in time (s)."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(sig)
    try:
        process.wait(patience)
        gently = True
    except subprocess.TimeoutExpired:
        gently = False
    kill_group(process)
    return gently


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and all that it started and that still share its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
