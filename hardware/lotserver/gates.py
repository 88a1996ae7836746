"""A gate at work: one thread that takes readings and orders in turn, and drives the card machine and the barrier."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import serial

from hardware.gates.barrier import Barrier, BarrierError
from hardware.gates.card_host import CardHost, CardMachineError
from hardware.gates.hikvision import Reading
from hardware.lotserver import departure, entry
from hardware.lotserver.config import GateConfig, ServerConfig
from hardware.lotserver.locks import Locks
from hardware.lotserver.store import Presence, Store

log = logging.getLogger(__name__)
CARD_BAUD = 9600
PASSING_PATIENCE = 30.0
"""Seconds that a barrier stays open for a car that does not come."""
LOOK_EVERY = 0.2
MOST_WAITING = 20
Job = Callable[[], None]


class GateKeeper:
    """One gate. ``sees`` and ``open_by_order`` may be called from any thread."""

    def __init__(self, config: ServerConfig, gate: GateConfig, store: Store, locks: Locks) -> None:
        self._config = config
        self._gate = gate
        self._store = store
        self._locks = locks
        self._barrier = Barrier(gate.barrier_device, gate.barrier_unit)
        self._jobs: queue.Queue[Job | None] = queue.Queue(MOST_WAITING)
        self._stopping = threading.Event()
        self._machine: CardHost | None = None
        self._port: serial.Serial | None = None
        self._thread = threading.Thread(target=self._run, name=f"gate-{gate.code}", daemon=True)

    @property
    def gate(self) -> GateConfig:
        return self._gate

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._jobs.put(None)
        self._thread.join(timeout=5)
        self._barrier.close()

    def sees(self, reading: Reading) -> bool:
        """Take a reading; False where it is a repetition of one."""
        with self._store.writing() as write:
            if not write.first_time(f"camera:{self._gate.code}", reading.event, time.time(), reading.plate):
                return False
        self._jobs.put(lambda: self._drive_through(reading))
        return True

    def open_by_order(self) -> Future[None]:
        """Open for one car, by order of the staff. The future fails with BarrierError."""
        done: Future[None] = Future()
        self._jobs.put(lambda: self._open_ordered(done))
        return done

    # --- in the gate's own thread -----------------------------------------------------------------

    def _run(self) -> None:
        self._finish_entries()
        while (job := self._jobs.get()) is not None and not self._stopping.is_set():
            try:
                job()
            except (CardMachineError, BarrierError, OSError) as error:
                log.warning("gate %s: %s", self._gate.code, error)
                self._drop_card_machine()
                entry.call_for_help(self._gate, self._store, None)
            except Exception:
                log.exception("gate %s", self._gate.code)

    def _finish_entries(self) -> None:
        """Cars whose barrier was about to open when the lot server died: their card is out, so they count as inside."""
        if self._gate.direction != "entry":
            return
        for presence in self._store.inside():
            if presence.state == "entering":
                entry.entered(presence, self._gate.code, self._store)
                self.open_by_order()

    def _drive_through(self, reading: Reading) -> None:
        if self._gate.direction == "entry":
            self._entry(reading)
        else:
            self._exit(reading)

    def _entry(self, reading: Reading) -> None:
        found = entry.recognise(reading, self._gate, self._store)
        admitted = entry.admit(found, self._gate, self._card_machine(), self._store, self._config)
        if admitted:
            self._let_in(Presence(admitted.grant.id, admitted.plate, admitted.card, "entering"))

    def _let_in(self, presence: Presence) -> None:
        self._barrier.drive(True)
        entry.entered(presence, self._gate.code, self._store)
        self._close_after_passing()

    def _exit(self, reading: Reading) -> None:
        presence = departure.recognise(reading, self._gate, self._store)
        if presence is None:
            return
        collected = departure.collect(presence, self._gate, self._card_machine(), self._config, self._wait)
        if not collected:
            entry.call_for_help(self._gate, self._store, presence.grant_id)
            return
        departure.left(presence, self._gate, self._store, self._locks, card=True)
        self._barrier.drive(True)
        self._close_after_passing()

    def _open_ordered(self, done: Future[None]) -> None:
        try:
            self._barrier.drive(True)
        except BarrierError as error:
            done.set_exception(error)
            return
        done.set_result(None)
        self._close_after_passing()

    def _close_after_passing(self) -> None:
        """Close once the car has gone through, or when none comes."""
        deadline = time.monotonic() + PASSING_PATIENCE
        while self._wait(LOOK_EVERY) and time.monotonic() < deadline:
            state = self._barrier.state()
            if state.open and not state.vehicle:
                break
        self._barrier.drive(False)

    def _wait(self, seconds: float) -> bool:
        return not self._stopping.wait(seconds)

    def _card_machine(self) -> CardHost:
        if self._machine is None:
            self._port = serial.Serial(self._gate.card_device, CARD_BAUD, timeout=0.05)
            self._machine = CardHost(self._port)
        return self._machine

    def _drop_card_machine(self) -> None:
        """Open its port anew for the next car."""
        if self._port:
            self._port.close()
        self._port = self._machine = None
