"""A gate at work: one thread that takes readings and orders in turn, and drives the card machine and the barrier.

Readings wait on disk until they have been dealt with, so that a car that was seen is seen to, also after a crash.
Orders of the staff go first: they end the wait for a card, and they let the car out or in that stands there.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from hardware.gates.barrier import BarrierError, barrier_of
from hardware.gates.card_frames import Position
from hardware.gates.card_host import CardMachineError
from hardware.gates.matching import Match, Matched
from hardware.gates.reading import Reading
from hardware.lotserver import card_stock, departure, entry, tailgating
from hardware.lotserver.card_port import CardPort
from hardware.lotserver.config import GateConfig, ServerConfig
from hardware.lotserver.locks import Locks
from hardware.lotserver.passage import Passage
from hardware.lotserver.store import Presence, Store
from hardware.lotserver.waiting import LOOK_AGAIN_EVERY, Waiting

log = logging.getLogger(__name__)
Job = Callable[[], None]


@dataclass(frozen=True, slots=True)
class GateTimes:
    """Seconds: for a card at an exit, for a car that does not come, until an obstacle is told, until a reading or a
    near match is too old to act on."""

    card: float = 60.0
    passing: float = 30.0
    obstructed: float = 120.0
    reading: float = 120.0


class GateKeeper:
    """One gate. ``sees`` and ``open_by_order`` may be called from any thread and do not block."""

    def __init__(
        self, config: ServerConfig, gate: GateConfig, store: Store, locks: Locks, times: GateTimes | None = None
    ) -> None:
        self._config = config
        self._gate = gate
        self._store = store
        self._locks = locks
        self._times = times or GateTimes()
        self._barrier = barrier_of(gate.barrier)
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._orders: deque[Future[None]] = deque()
        self._cards = CardPort(gate.card_device)
        self._standing: Presence | None = None
        """The car that stands here with its passage unfinished: an order of the staff lets it through."""
        self._waiting: Waiting | None = None
        """An arrival that was not let in: looked at again, and confirmed by an order of the staff where it is near."""
        self._current = 0
        """Number of the reading that is being dealt with."""
        self._passage = Passage(self._barrier, self._wait, self._help, self._tailgated)
        self._thread = threading.Thread(target=self._run, name=f"gate-{gate.code}", daemon=True)

    @property
    def gate(self) -> GateConfig:
        return self._gate

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._barrier.close()
        self._cards.drop()

    def sees(self, reading: Reading) -> bool:
        """Take a reading; False where it is a repetition of one. Once this has returned it will be dealt with."""
        now = self._store.now()
        with self._store.writing() as write:
            if not write.first_time(f"camera:{self._gate.code}", reading.event, now, reading.plate):
                return False
            write.reading(self._gate.code, reading, now)
        self._wake.set()
        return True

    def open_by_order(self) -> Future[None]:
        """Open for one car, by order of the staff. The future fails with BarrierError."""
        done: Future[None] = Future()
        self._orders.append(done)
        self._wake.set()
        return done

    # --- in the gate's own thread -----------------------------------------------------------------

    def _run(self) -> None:
        self._guarded(self._recover)
        with contextlib.suppress(CardMachineError, OSError):  # told when a car needs it
            self._tell_stock()
        while not self._stopping.is_set():
            self._guarded(self._work)
            self._wake.wait(LOOK_AGAIN_EVERY if self._waiting else None)

    def _guarded(self, job: Job) -> None:
        """Nothing ends the thread."""
        try:
            job()
        except Exception as error:
            expected = isinstance(error, CardMachineError | BarrierError | OSError)
            log.log(logging.WARNING if expected else logging.ERROR, "gate %s: %r", self._gate.code, error)
            self._cards.drop()
            try:
                self._help(self._standing.grant_id if self._standing else None)
            except Exception:
                log.exception("gate %s: help cannot be called", self._gate.code)

    def _work(self) -> None:
        """Do what waits: orders first."""
        self._wake.clear()
        if not self._orders and not self._store.readings(self._gate.code):
            self._look_again()
        while not self._stopping.is_set():
            if self._orders:
                order = self._orders.popleft()
                self._guarded(lambda: self._open_ordered(order))  # noqa: B023 (called before the next)
                continue
            waiting = self._store.readings(self._gate.code)
            if not waiting:
                return
            self._current, reading, at = waiting[0]
            self._guarded(lambda: self._drive_through(reading, at))  # noqa: B023 (called before the next)
            if self._stopping.is_set() and self._standing:
                return  # taken up again at the next start
            with self._store.writing() as write:
                write.forget_reading(self._current)
            self._current = 0

    def _recover(self) -> None:
        """Finish what a crash interrupted: cars that were being let in, a barrier that was left open."""
        if self._gate.direction == "entry":
            for presence in self._store.inside():
                if presence.state == "entering" and presence.gate in ("", self._gate.code):
                    self._guarded(lambda: self._resume(presence))  # noqa: B023 (called before the next)
        if self._passage.is_open():
            self._passage.close_after(self._times.passing, self._times.obstructed)

    def _resume(self, presence: Presence) -> None:
        """With its card out the barrier opens; else it begins anew, with the reading that waits."""
        if not presence.card:
            card = self._store.card_out(presence.grant_id)
            if not card or self._cards.machine().status().position is Position.AT_READER:
                entry.give_up(presence.grant_id, self._store)
                return
            presence = Presence(presence.grant_id, presence.plate, card, "entering", self._gate.code)
            presence = entry.handed_out(presence, self._store)
        self._let_in(presence)

    def _drive_through(self, reading: Reading, at: float) -> None:
        if self._store.now() - at > self._times.reading:
            log.warning("gate %s: the reading of %s is too old", self._gate.code, reading.plate)
            return
        if self._standing and self._standing.plate != reading.plate:
            self._standing = None
        self._waiting = None
        if self._gate.direction == "entry":
            self._entry(reading)
        else:
            self._exit(reading)

    # --- in ---------------------------------------------------------------------------------------

    def _entry(self, reading: Reading) -> None:
        if self._standing:  # it has its card, and was seen again
            self._let_in(self._standing)
            return
        on_loop = self._passage.vehicle() is True
        found = entry.recognise(reading, self._gate, self._store)
        if found.match is Match.EXACT:
            self._take_in(found)
            return
        recorded = entry.on_record_as_inside(reading, self._gate, self._store) if found.match is Match.NONE else None
        self._waiting = Waiting(reading, recorded or found, inside=recorded is not None, on_loop=on_loop)

    def _look_again(self) -> None:
        """Fresh grants may have come for the car that stands here, or a grant may have begun."""
        waiting = self._waiting
        if waiting is None:
            return
        vehicle = self._passage.vehicle()
        if waiting.is_over(vehicle, self._times.reading):
            self._waiting = None
        elif vehicle is not False and not waiting.inside:
            waiting.found = entry.recognise(waiting.reading, self._gate, self._store)
            if waiting.found.match is Match.EXACT:
                self._waiting = None
                self._take_in(waiting.found)

    def _take_in(self, found: Matched) -> None:
        presence = self._admit(found)
        if presence:
            self._let_in(presence)

    def _admit(self, found: Matched) -> Presence | None:
        grant = self._store.grant(found.key or "")
        if grant is None or found.plate is None or not grant.valid_at(self._store.now()):
            return None
        machine = self._cards.machine()
        try:
            return entry.admit(grant, found.plate, self._gate, machine, self._store, self._config)
        finally:
            with contextlib.suppress(CardMachineError, OSError):
                self._tell_stock()

    def _let_in(self, presence: Presence) -> None:
        self._standing = presence
        self._barrier.drive(True)
        self._through()
        self._passage.close_after(self._times.passing, self._times.obstructed)

    # --- out --------------------------------------------------------------------------------------

    def _exit(self, reading: Reading) -> None:
        if departure.is_owed_the_barrier(reading, self._gate, self._store):
            self._let_out(reading)
            return
        presence = departure.recognise(reading, self._gate, self._store)
        if presence is None:
            self._standing = departure.without_entry(reading, self._gate, self._store)
            self._help(self._standing.grant_id if self._standing else None)
            return
        self._standing = presence
        if not self._collect(presence):
            if not self._orders and not self._stopping.is_set():
                self._help(presence.grant_id)
            return
        departure.left(presence, self._gate, self._store, self._locks, card=True, reading=reading)
        self._standing = None
        self._let_out(reading)

    def _let_out(self, reading: Reading) -> None:
        """Its stay is over and on record; card and barrier follow, also after a crash."""
        try:
            departure.swallow(self._cards.machine())
            self._tell_stock()
        except (CardMachineError, OSError) as error:  # the card is void already: nobody waits for the machine
            log.warning("gate %s: a card is still in the machine: %s", self._gate.code, error)
            self._cards.drop()
        self._barrier.drive(True)
        departure.barrier_opened(reading, self._gate, self._store)
        self._passage.close_after(self._times.passing, self._times.obstructed)

    def _collect(self, presence: Presence) -> bool:
        def waiting(seconds: float) -> bool:
            return self._wait(seconds) and not self._orders

        try:
            return departure.collect(presence, self._cards.machine(), self._config, waiting, self._times.card)
        except (CardMachineError, OSError) as error:
            log.warning("gate %s: the card cannot be taken: %s", self._gate.code, error)
            self._cards.drop()
            return False

    # --- by order ---------------------------------------------------------------------------------

    def _open_ordered(self, done: Future[None]) -> None:
        self._confirm_near()
        try:
            self._barrier.drive(True)
        except BarrierError as error:
            done.set_exception(error)
            return
        self._through()
        done.set_result(None)
        self._passage.close_after(self._times.passing, self._times.obstructed)

    def _confirm_near(self) -> None:
        """The staff open for what is probably an expected car: it gets its card."""
        waiting, self._waiting = self._waiting, None
        if waiting is None or waiting.found.key is None or self._standing:
            return
        if waiting.inside:
            entry.left_unseen(waiting.found.key, self._gate, self._store)
        try:
            self._standing = self._admit(waiting.found)
        except (CardMachineError, OSError) as error:
            log.warning("gate %s: no card: %s", self._gate.code, error)

    def _through(self) -> None:
        """The barrier is open for the car that stands here."""
        presence, self._standing = self._standing, None
        if presence is None:
            return
        if self._gate.direction == "entry":
            entry.entered(presence, self._gate.code, self._store)
        else:
            departure.left(presence, self._gate, self._store, self._locks, card=False)

    def _tailgated(self) -> None:
        """A second car went through on one opening: the one that was read meanwhile, if any was."""
        readings = [item for item in self._store.readings(self._gate.code) if item[0] != self._current]
        tailgating.second_car(readings[0][1] if readings else None, self._gate, self._store, self._locks)
        if readings:
            with self._store.writing() as write:
                write.forget_reading(readings[0][0])

    # --- parts ------------------------------------------------------------------------------------

    def _tell_stock(self) -> None:
        card_stock.tell(self._gate.code, self._cards.machine().status(), self._store)

    def _help(self, grant_id: str | None = None) -> None:
        entry.call_for_help(self._gate, self._store, grant_id)

    def _wait(self, seconds: float) -> bool:
        return not self._stopping.wait(seconds)
