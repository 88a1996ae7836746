"""The controller's face: card reader, display, light and buzzer, and emergency button, behind one small interface.

Both kinds speak JSON lines. From the panel: {"card": "<hex>"}, {"button": true}. To it: {"show": "…", "led": "green",
"buzzer": "short"}, again whenever it comes back. :class:`SocketPanel` talks over a Unix socket to another process (the
simulator's, or a daemon that owns the reader and GPIO pins), :class:`SerialPanel` to a panel board on a serial port.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import struct
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Protocol

import serial

from hardware.controller.notices import Notice

log = logging.getLogger(__name__)
RECONNECT_AFTER = 0.5
LARGEST_CREDENTIAL = 128
"""Bytes; what a reader says is longer would not fit into a message to the lot server."""
LONGEST_LINE = 1024
SEND_PATIENCE = 1
"""Seconds: a display that does not listen must not hold up the controller."""


@dataclass(frozen=True, slots=True)
class CardShown:
    credential: bytes


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    pass


PanelEvent = CardShown | ButtonPressed


class Panel(Protocol):
    """Reader and button report by ``on_event``, in a thread of the panel's; display, light and buzzer by ``show``."""

    def start(self, on_event: Callable[[PanelEvent], None]) -> None: ...
    def show(self, notice: Notice) -> None: ...
    def stop(self) -> None: ...


class _LinePanel(ABC):
    """Connects, and connects again whenever the other end goes away; the last notice is shown again then."""

    def __init__(self) -> None:
        self._notice = Notice("")
        self._send_line: Callable[[bytes], object] | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()

    @abstractmethod
    def _connected(self) -> contextlib.AbstractContextManager[tuple[IO[bytes], Callable[[bytes], object]]]:
        """Lines to read, and how to send one. Raises OSError where nobody is there."""

    @abstractmethod
    def _hang_up(self) -> None:
        """End the reading, from another thread."""

    def start(self, on_event: Callable[[PanelEvent], None]) -> None:
        threading.Thread(target=self._run, args=(on_event,), name="panel", daemon=True).start()

    def show(self, notice: Notice) -> None:
        with self._lock:
            self._notice = notice
            self._send()

    def stop(self) -> None:
        self._stopping.set()
        with self._lock, contextlib.suppress(OSError):
            self._hang_up()

    def _send(self) -> None:
        if self._send_line:
            said = {"show": self._notice.text, "led": self._notice.led, "buzzer": self._notice.buzzer}
            with contextlib.suppress(OSError):
                self._send_line(json.dumps(said).encode() + b"\n")

    def _run(self, on_event: Callable[[PanelEvent], None]) -> None:
        while not self._stopping.is_set():
            try:
                with self._connected() as (lines, send):
                    with self._lock:
                        self._send_line = send
                        self._send()
                    self._read(lines, on_event)
            except OSError as error:
                log.debug("panel: %s", error)
            finally:
                with self._lock:
                    self._send_line = None
            self._stopping.wait(RECONNECT_AFTER)

    def _read(self, lines: IO[bytes], on_event: Callable[[PanelEvent], None]) -> None:
        while not self._stopping.is_set() and (line := lines.readline(LONGEST_LINE)):
            event = parse(line)
            if event:
                on_event(event)


class SocketPanel(_LinePanel):
    """A panel that is another process, listening on a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self._connection: socket.socket | None = None

    @contextmanager
    def _connected(self) -> Iterator[tuple[IO[bytes], Callable[[bytes], object]]]:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_PATIENCE, 0))
            connection.connect(self._path)
            self._connection = connection
            with connection.makefile("rb") as lines:
                yield lines, connection.sendall

    def _hang_up(self) -> None:
        if self._connection:
            self._connection.shutdown(socket.SHUT_RDWR)


class SerialPanel(_LinePanel):
    """A panel board on a serial port (USB CDC or UART)."""

    def __init__(self, device: str, baud: int) -> None:
        super().__init__()
        self._device, self._baud = device, baud
        self._port: serial.Serial | None = None

    @contextmanager
    def _connected(self) -> Iterator[tuple[IO[bytes], Callable[[bytes], object]]]:
        with serial.Serial(self._device, self._baud, write_timeout=SEND_PATIENCE) as port:
            self._port = port
            yield port, port.write

    def _hang_up(self) -> None:
        if self._port:
            self._port.cancel_read()


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
