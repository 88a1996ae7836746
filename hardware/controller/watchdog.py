"""What systemd is told (sd_notify(3)): that the program is ready, and that it is alive, or it is started again."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping


class Watchdog:
    """Silent where nobody supervises. ``interval``: seconds between two signs of life, None where none is wanted."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        wanted = environment.get("WATCHDOG_USEC", "")
        self.interval = int(wanted) / 2e6 if self._address and wanted.isdecimal() else None

    def ready(self) -> None:
        self._tell(b"READY=1")

    def alive(self) -> None:
        self._tell(b"WATCHDOG=1")

    def _tell(self, state: bytes) -> None:
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)  # a supervisor that does not listen must not stop the locks
            line.connect(self._address)
            line.send(state)
