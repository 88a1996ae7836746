"""The face of a simulated controller: a Unix socket that its program connects to (hardware.controller.panel)."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any


class PanelSocket:
    """Shows what the controller shows; passes on cards held to the reader and presses of the button."""

    def __init__(self, path: Path, on_change: Callable[[], None]) -> None:
        self.path = path
        self.text = ""
        self.led = ""
        self.buzzer = ""
        self._on_change = on_change
        self._connection: socket.socket | None = None
        self._guard = threading.Lock()
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(1)
        threading.Thread(target=self._serve, name=f"panel {path.name}", daemon=True).start()

    def hold_card(self, credential: bytes) -> bool:
        """Hold a card to the reader; False where the controller has no power."""
        return self._send({"card": credential.hex()})

    def press_button(self) -> bool:
        return self._send({"button": True})

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.path.unlink(missing_ok=True)

    def _send(self, message: dict[str, Any]) -> bool:
        with self._guard:
            if self._connection is None:
                return False
            try:
                self._connection.sendall(json.dumps(message).encode() + b"\n")
            except OSError:
                return False
        return True

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._guard:
                self._connection = connection
            self._read(connection)
            with self._guard:
                self._connection = None
            self._shows({})

    def _read(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines, contextlib.suppress(OSError):
            for line in lines:
                with contextlib.suppress(ValueError, AttributeError):  # half a line of a program that was killed
                    self._shows(json.loads(line))

    def _shows(self, message: dict[str, Any]) -> None:
        """What the controller's face is told to show: a text, and where it has them a lamp and a sound."""
        self.text, self.led, self.buzzer = (str(message.get(name, "")) for name in ("show", "led", "buzzer"))
        self._on_change()
