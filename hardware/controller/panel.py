"""The controller's face: card reader, display and emergency button, behind one small interface.

SocketPanel speaks JSON lines over a Unix socket, so that a panel can be another process: the simulator's, or a daemon
that owns the reader and the GPIO pins. From the panel: {"card": "<hex>"}, {"button": true}. To it: {"show": "…"}.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

log = logging.getLogger(__name__)
RECONNECT_AFTER = 0.5
LARGEST_CREDENTIAL = 128
"""Bytes; what a reader says is longer would not fit into a message to the lot server."""
SEND_PATIENCE = struct.pack("ll", 1, 0)
"""A display that does not listen must not hold up the controller (struct timeval)."""


@dataclass(frozen=True, slots=True)
class CardShown:
    credential: bytes


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    pass


PanelEvent = CardShown | ButtonPressed


class Panel(Protocol):
    def start(self, on_event: Callable[[PanelEvent], None]) -> None: ...
    def show(self, text: str) -> None: ...
    def stop(self) -> None: ...


class SocketPanel:
    """Connects, and connects again whenever the other end goes away; the last text is shown again then."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._text = ""
        self._connection: socket.socket | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()

    def start(self, on_event: Callable[[PanelEvent], None]) -> None:
        threading.Thread(target=self._run, args=(on_event,), name="panel", daemon=True).start()

    def show(self, text: str) -> None:
        with self._lock:
            self._text = text
            self._send()

    def stop(self) -> None:
        self._stopping.set()
        with self._lock:
            if self._connection:
                with contextlib.suppress(OSError):
                    self._connection.shutdown(socket.SHUT_RDWR)

    def _send(self) -> None:
        if self._connection:
            with contextlib.suppress(OSError):
                self._connection.sendall(json.dumps({"show": self._text}).encode() + b"\n")

    def _run(self, on_event: Callable[[PanelEvent], None]) -> None:
        while not self._stopping.is_set():
            try:
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, SEND_PATIENCE)
                    connection.connect(self._path)
                    with self._lock:
                        self._connection = connection
                        self._send()
                    self._read(connection, on_event)
            except OSError as error:
                log.debug("panel: %s", error)
            finally:
                with self._lock:
                    self._connection = None
            self._stopping.wait(RECONNECT_AFTER)

    def _read(self, connection: socket.socket, on_event: Callable[[PanelEvent], None]) -> None:
        with connection.makefile("rb") as lines:
            for line in lines:
                event = parse(line)
                if event:
                    on_event(event)


def parse(line: bytes) -> PanelEvent | None:
    """The event of a line; None, logged, for one that is none."""
    try:
        message = json.loads(line)
        if "card" in message:
            credential = bytes.fromhex(message["card"])
            if 1 <= len(credential) <= LARGEST_CREDENTIAL:
                return CardShown(credential)
            log.warning("panel: a credential of %s bytes", len(credential))
        if message.get("button"):
            return ButtonPressed()
    except (ValueError, TypeError, AttributeError) as error:
        log.warning("panel: not understood: %s", error)
    return None
