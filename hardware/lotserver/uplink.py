"""Events up: from the durable outbox to the platform, in order, until it says that it has them."""

from __future__ import annotations

import logging
import random
import threading

from hardware.lotserver.platform_client import PlatformClient, PlatformUnreachable
from hardware.lotserver.store import OutboxEvent, Store

log = logging.getLogger(__name__)
BATCH = 100
HEARTBEAT = 20.0
"""Seconds after which the platform hears from the lot even if nothing happens."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0


class Uplink:
    """A thread. An answer that is lost makes a batch go twice; the platform knows events by (lot, sequence)."""

    def __init__(self, store: Store, client: PlatformClient, lot: str, version: str) -> None:
        self._store = store
        self._client = client
        self._path = f"/api/v1/lots/{lot}/events"
        self._version = version
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="uplink", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._store.event_added.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        pause, reachable = FIRST_PAUSE, True
        while not self._stopping.is_set():
            self._store.event_added.clear()
            try:
                more = self.send_batch()
            except PlatformUnreachable as error:
                if reachable:
                    log.warning("the platform does not take events: %s", error)
                reachable = False
                self._stopping.wait(pause * random.uniform(0.5, 1))  # noqa: S311 (lots must not come back in step)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            except Exception:  # a full disk, say; it must not end the thread
                log.exception("events not sent")
                self._stopping.wait(LONGEST_PAUSE)
                continue
            if not reachable:
                log.info("the platform takes events again")
            pause, reachable = FIRST_PAUSE, True
            if not more:
                self._store.event_added.wait(HEARTBEAT)

    def send_batch(self) -> bool:
        """Send the oldest events, maybe none; whether there may be more. Raises PlatformUnreachable."""
        events = self._store.events(BATCH)
        answer = self._client.post(
            self._path,
            {
                "version": self._version,
                "grants_revision": self._store.grants_revision,
                "oldest": self._store.oldest_sequence,
                "events": [
                    {"sequence": e.sequence, "kind": e.kind, "occurred_at": e.occurred_at, "payload": e.payload}
                    for e in events
                ],
            },
        )
        taken = answer.get("accepted_through")
        if not isinstance(taken, int) or isinstance(taken, bool):
            raise PlatformUnreachable("an answer without accepted_through")
        return self._taken(taken, events)

    def _taken(self, taken: int, sent: list[OutboxEvent]) -> bool:
        """What the platform has need not go again; whether there is more. Raises PlatformUnreachable: it took nothing.

        It can have more than we ever sent only if our store was lost, and less than it had only if it was restored
        from a backup: then it gets again what is still here, and is told of what is not.
        """
        known, newest = self._store.taken_through, sent[-1].sequence if sent else self._store.last_sequence
        if taken > newest:
            log.warning("the platform has events through %s, this store only %s: numbering goes on", taken, newest)
            with self._store.writing(urgent=True) as write:
                write.continue_after(taken)
            return True
        if taken < known:
            again = max(taken, self._store.oldest_sequence - 1)
            log.warning("the platform has events only through %s of %s: they go again from %s", taken, known, again)
            if again == known:
                raise PlatformUnreachable(f"it has taken events only through {taken}")
            self._have_taken(again)
            return True
        if sent and taken == known:
            raise PlatformUnreachable(f"it has taken events only through {taken}")
        if sent:
            self._have_taken(taken)
        return len(sent) == BATCH or bool(sent and taken < sent[-1].sequence)

    def _have_taken(self, sequence: int) -> None:
        with self._store.writing(urgent=True) as write:
            write.events_taken_through(sequence)
