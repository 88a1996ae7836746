"""All that is said on a line, in a file that Wireshark reads (pcap, microseconds, link type 162: DLT_USER15).

A record is one frame as it was on the wire (sealed frames stay sealed: no key is needed or told), or what lay between
frames: noise, and frames that were never finished.
"""

from __future__ import annotations

import logging
import os
import struct
import time
from pathlib import Path

from hardware.osdp.frames import SOM

log = logging.getLogger(__name__)
LINK_TYPE = 162
LONGEST = 1440
"""Bytes of the longest frame that OSDP knows."""
SHORTEST = 7
MAGIC, VERSION = 0xA1B2C3D4, (2, 4)


class Capture:
    """A new file ``line-<number>-<UTC>.pcap`` in a directory, readable by its owner only; raises OSError.

    Used by the line's thread alone. A disk that fills up ends the capture, never the line.
    """

    def __init__(self, directory: Path, line: int) -> None:
        began = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        self.path = directory / f"line-{line}-{began}-{time.time_ns() % 10**9:09}.pcap"
        self._file: int | None = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._heard = b""
        self._write(struct.pack("<IHHiIII", MAGIC, *VERSION, 0, 0, LONGEST, LINK_TYPE))

    def said(self, data: bytes) -> None:
        """A frame of the panel: what was heard before it and is no frame is over."""
        self._record(self._heard)
        self._heard = b""
        self._record(data)

    def heard(self, data: bytes) -> None:
        """Bytes as the port gives them."""
        self._heard += data
        while record := self._first():
            self._heard = self._heard[len(record) :]
            self._record(record)

    def close(self) -> None:
        """What is half heard is written."""
        self._record(self._heard)
        self._heard = b""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _first(self) -> bytes:
        """The first frame, or the noise before it; nothing while it is not whole."""
        start = self._heard.find(SOM)
        if start:
            return self._heard[: start if start > 0 else len(self._heard)]
        length = int.from_bytes(self._heard[2:4], "little")
        if len(self._heard) < 4 or SHORTEST <= length <= LONGEST:
            return self._heard[:length] if 4 <= len(self._heard) >= length else b""
        return self._heard[:1]

    def _record(self, data: bytes) -> None:
        if data:
            seconds, rest = divmod(time.time_ns() // 1000, 1_000_000)
            self._write(struct.pack("<IIII", seconds, rest, len(data), len(data)) + data)

    def _write(self, data: bytes) -> None:
        if self._file is None:
            return
        try:
            os.write(self._file, data)
        except OSError as error:
            log.warning("capture %s ends: %r", self.path, error)
            os.close(self._file)
            self._file = None
