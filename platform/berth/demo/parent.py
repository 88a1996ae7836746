"""Stop when the program that started us is told to stop: `make` passes on some signals only."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import sys
from pathlib import Path

from berth.services.launch import PR_SET_PDEATHSIG


class Parent:
    """The make that runs us (Linux; elsewhere nothing is seen)."""

    def __init__(self) -> None:
        self._pid = os.getppid()
        self._caught_interrupt = self._catches_interrupt()
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)

    def wants_to_stop(self) -> bool:
        """Whether it is gone, or got a SIGINT that the terminal did not send to us too.

        On SIGINT, make gives the signal its default action again and then only waits for its children. That it no
        longer catches the signal is all that can be seen from here.
        """
        return os.getppid() != self._pid or (self._caught_interrupt and not self._catches_interrupt())

    def _catches_interrupt(self) -> bool:
        try:
            status = Path(f"/proc/{self._pid}/status").read_text()
        except OSError:
            return False
        caught = re.search(r"^SigCgt:\s*([0-9a-f]+)", status, re.MULTILINE)
        return caught is not None and bool(int(caught[1], 16) & 1 << (signal.SIGINT - 1))
