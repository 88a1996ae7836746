"""Ports of one demo: kept from the last time where still free, so that bookmarks and cookies stay good."""

from __future__ import annotations

import json
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from berth.services.errors import ServiceError
from berth.services.ports import is_free

FIRST_CHOICE = {"web": 8000, "live": 8001, "cashier": 8002, "simulator": 8003}


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the processes of a demo are reached; no trailing slash."""

    web: str
    live: str
    cashier: str
    simulator: str


class Addresses:
    """Chooses ports and holds them, so that a second demo that starts at the same moment takes others."""

    def __init__(self, directory: Path, *, host: str, web_port: int | None) -> None:
        self.host = host
        self._file = directory / "ports.json"
        self._web_port = web_port
        self._held: list[socket.socket] = []
        self.ports: dict[str, int] = {}

    def choose(self) -> None:
        """Set `ports`. Raises ServiceError if the port that was asked for is taken."""
        kept: dict[str, int] = json.loads(self._file.read_text()) if self._file.exists() else {}
        for name, first in FIRST_CHOICE.items():
            if name == "web" and self._web_port:
                if not self._hold(self._web_port) and not is_free(self._web_port, self.host):
                    raise ServiceError(f"Port {self._web_port} is taken; choose another: make demo PORT=…")
                self.ports[name] = self._web_port
            else:
                self.ports[name] = self._first_free(kept.get(name), first)
        self._file.write_text(json.dumps(self.ports))

    def _first_free(self, kept: int | None, first: int) -> int:
        if kept and (self._hold(kept) or is_free(kept, self.host)):
            return kept
        return self._hold(first) or self._hold(0) or first

    def _hold(self, port: int) -> int:
        """Bind a port (0: any free one) without listening; its number, or 0 if it is taken.

        Bound without SO_REUSEADDR this fails if anybody has the port, listening or holding; with the option set
        afterwards it does not stand in the way of our own server, which sets it too. Elsewhere than on Linux it would.
        """
        holder = socket.socket()
        try:
            holder.bind((self.host, port))
        except OSError:
            holder.close()
            return 0
        number: int = holder.getsockname()[1]
        if sys.platform == "linux":
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._held.append(holder)
        else:
            holder.close()
        return number

    def release(self) -> None:
        """Let go of all ports."""
        while self._held:
            self._held.pop().close()

    @property
    def urls(self) -> Urls:
        """As a browser on this machine reaches them."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104  (compared, not bound)
        return Urls(**{name: f"http://{host}:{port}" for name, port in self.ports.items()})
