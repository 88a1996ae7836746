"""Pictures up: what gates' cameras saw, made small and sent to the platform for the staff. Nothing waits for them."""

from __future__ import annotations

import base64
import logging
import threading
from collections import deque
from dataclasses import dataclass

from hardware.gates.pictures import PictureError, shrunk
from hardware.gates.reading import Reading
from hardware.lotserver.platform_client import PlatformClient, PlatformUnreachable

log = logging.getLogger(__name__)
MOST_WAITING = 12
"""Pictures in memory while the platform is away; of more the oldest go: only the last ones are shown."""
MOST_BYTES = 12 * 1024 * 1024
PAUSE = 15.0
"""Seconds until a platform that did not answer is asked again."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture as the camera sent it; ``at`` in Unix seconds."""

    gate: str
    reading: Reading
    at: float


class PicturePost:
    """A thread. ``take`` may be called from any thread and does not block."""

    def __init__(self, client: PlatformClient, lot: str) -> None:
        self._client = client
        self._path = f"/api/v1/lots/{lot}/pictures"
        self._waiting: deque[Taken] = deque()
        self._guard = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pictures", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def take(self, gate: str, reading: Reading, at: float) -> None:
        """Send it when there is time; a reading without a picture is none."""
        if not reading.picture:
            return
        with self._guard:
            self._waiting.append(Taken(gate, reading, at))
            while len(self._waiting) > MOST_WAITING or self._bytes() > MOST_BYTES:
                self._waiting.popleft()
        self._wake.set()

    def send_all(self) -> None:
        """Send what waits, the oldest first. Raises PlatformUnreachable; what was not taken goes on waiting."""
        while not self._stopping.is_set():
            with self._guard:
                taken = self._waiting.popleft() if self._waiting else None
            if taken is None:
                return
            try:
                self._send(taken)
            except PictureError as error:
                log.info("gate %s: no picture of %s: %s", taken.gate, taken.reading.plate, error)
            except PlatformUnreachable as error:
                if 400 <= error.status < 500 and error.status not in (401, 429):
                    log.warning("gate %s: the platform refuses a picture: %s", taken.gate, error)
                    continue
                with self._guard:
                    self._waiting.appendleft(taken)
                raise

    def _send(self, taken: Taken) -> None:
        reading = taken.reading
        self._client.post(
            self._path,
            {
                "gate": taken.gate,
                "event": reading.event,
                "plate": reading.plate,
                "taken_at": int(taken.at * 1000),
                "picture": base64.b64encode(shrunk(reading.picture)).decode(),
            },
        )

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            try:
                self.send_all()
            except PlatformUnreachable as error:
                log.info("the platform does not take pictures: %s", error)
                self._stopping.wait(PAUSE)
                self._wake.set()
            except Exception:
                log.exception("pictures not sent")

    def _bytes(self) -> int:
        return sum(len(taken.reading.picture) for taken in self._waiting)
