"""Ports of one demo: kept from the last time where still free, so that bookmarks and cookies stay good."""

from __future__ import annotations

import json
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from berth.services.errors import ServiceError
from berth.services.ports import free_port, is_free

FIRST_CHOICE = {"web": 8000, "live": 8001, "cashier": 8002, "simulator": 8003}


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the processes of a demo are reached; no trailing slash."""

    web: str
    live: str
    cashier: str
    simulator: str


class Addresses:
    """Chooses ports and reserves them, so that a second demo that starts at the same moment takes others."""

    def __init__(self, directory: Path, *, host: str, web_port: int | None) -> None:
        self.host = host
        self._file = directory / "ports.json"
        self._web_port = web_port
        self._reservations: list[socket.socket] = []
        self.ports: dict[str, int] = {}

    def choose(self) -> None:
        """Set `ports`. Raises ServiceError if the port that was asked for is taken."""
        kept: dict[str, int] = json.loads(self._file.read_text()) if self._file.exists() else {}
        for name, first in FIRST_CHOICE.items():
            if name == "web" and self._web_port:
                self.ports[name] = self._asked_for(self._web_port)
            else:
                self.ports[name] = self._first_free(kept.get(name, first), first)
        self._file.write_text(json.dumps(self.ports))

    def _asked_for(self, port: int) -> int:
        if not self._take(port):
            raise ServiceError(f"Port {port} is taken; choose another: make demo PORT=…")
        return port

    def _first_free(self, *preferred: int) -> int:
        for port in preferred:
            if self._take(port):
                return port
        while not self._take(port := free_port(self.host)):
            pass
        return port

    def _take(self, port: int) -> bool:
        """Whether nobody listens on the port and no other demo has reserved it.

        The reservation is a name in the kernel's abstract socket space (Linux), which ends with us and which every
        user of the machine sees. Binding the port itself would not do: our server must bind it, and a port that was
        in use a minute ago can only be bound in a way that does not see who else has bound it.
        """
        if not is_free(port, self.host):
            return False
        if sys.platform == "linux":
            reservation = socket.socket(socket.AF_UNIX)
            try:
                reservation.bind(f"\0berth-demo-port-{port}")
            except OSError:
                reservation.close()
                return False
            self._reservations.append(reservation)
        return True

    def release(self) -> None:
        """Let go of all ports."""
        while self._reservations:
            self._reservations.pop().close()

    @property
    def urls(self) -> Urls:
        """As a browser on this machine reaches them."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104  (compared, not bound)
        return Urls(**{name: f"http://{host}:{port}" for name, port in self.ports.items()})
