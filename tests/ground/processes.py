"""Looking at processes from outside."""

from __future__ import annotations

import subprocess


def alive(pid: int) -> bool:
    """Whether that process runs; one that only waits to be reaped does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")
