"""Care of the store while the lot server runs: the time that it knows, what it found at its start, what is too old."""

from __future__ import annotations

import time

from hardware.event_kinds import EventKind
from hardware.lotserver import calls
from hardware.lotserver.store import Store

REMEMBER_EVERY = 60.0
"""Seconds between two times at which the time is written to disk: the most by which a clock can be set back unseen."""
TIDY_EVERY = 600.0
KEEP_ENDED = 48 * 3600


class StoreKeeper:
    """For one thread; call ``take_care`` every few seconds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._remembered = self._tidied = -TIDY_EVERY
        self._told_damage = store.set_aside is None

    def take_care(self) -> None:
        self._tell_clock()
        self._tell_damage()
        ticks = time.monotonic()
        if ticks - self._remembered >= REMEMBER_EVERY:
            self._remember()
            self._remembered = ticks
        if ticks - self._tidied >= TIDY_EVERY:
            self._tidy()
            self._tidied = ticks

    def _tell_clock(self) -> None:
        for reason, seconds in self._store.clock.reports():
            self._reject("clock", reason, f"{seconds} s")

    def _tell_damage(self) -> None:
        if not self._told_damage and self._store.set_aside:
            self._reject("store", "damaged", self._store.set_aside.name)
            self._told_damage = True

    def _reject(self, source: str, reason: str, detail: str) -> None:
        with self._store.writing() as write:
            write.event(EventKind.REJECTED, self._store.now(), source=source, reason=reason, detail=detail)

    def _remember(self) -> None:
        with self._store.writing(urgent=True) as write:
            write.meta("time_known", str(int(self._store.now())))

    def _tidy(self) -> None:
        now = self._store.now()
        with self._store.writing(urgent=True) as write:
            write.forget_taken_events(now)
            write.forget_grants_ended_before(now - KEEP_ENDED)
            calls.forget_old(write, now)
