"""Orders from above (phone as key, staff override): done once, refused when stale, answered with an event."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from hardware.event_kinds import EventKind
from hardware.lotserver.gates import GateKeeper
from hardware.lotserver.judge import Layout
from hardware.lotserver.lines import Lines
from hardware.lotserver.locks import Locks
from hardware.lotserver.store import Store, Write
from hardware.osdp.vendor import LockReport, Outcome, Raise, Unlock

log = logging.getLogger(__name__)
STALE_AFTER = 30
"""Seconds after which an order is refused: whoever gave it no longer stands there."""
ANSWER_WITHIN = 60.0
"""Seconds after which a controller that has not told what became of an order never will."""
HOLD_SECONDS = 600
"""A lock that a member opened rises again if no vehicle comes for this long; one that staff opened stays down."""
OUTCOMES = {Outcome.OPENED: "done", Outcome.RAISED: "done", Outcome.REFUSED: "refused"}


class OrderRefused(Exception):
    """Said back to whoever ordered. The text is a key that the platform translates."""


@dataclass(frozen=True, slots=True)
class Pending:
    command: str
    spot: str
    kind: str
    since: float = field(default_factory=time.monotonic)


class Orders:
    """``take`` may be called from any thread, with the same order several times."""

    def __init__(self, store: Store, layout: Layout, lines: Lines, locks: Locks, gates: dict[str, GateKeeper]) -> None:
        self._store = store
        self._layout = layout
        self._lines = lines
        self._locks = locks
        self._gates = gates
        self._pending: dict[int, Pending] = {}

    def recover(self) -> None:
        """Orders that were taken and not answered when the lot server ended: nobody waits for them any more."""
        for command in self._store.unnoted("order"):
            self._answer(command, "failed", "restarted")

    def take(self, order: dict[str, Any]) -> None:
        """``order``: id, kind, spot, gate, by, reason, grant, issued_at (Unix s); hardware.domain.commands sends it."""
        command = str(order.get("id") or "") if isinstance(order, dict) else ""
        if not command:
            self._reject("no id")
            return
        with self._store.writing() as write:
            if not write.first_time("order", command, self._store.now()):
                return
        try:
            self._obey(command, order)
        except OrderRefused as refusal:
            self._answer(command, "refused", str(refusal))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            self._answer(command, "refused", f"malformed: {type(error).__name__}")

    def raise_lock(self, spot: str) -> None:
        """The lot's own wish: no order of anybody."""
        place = self._layout.of_spot(spot)
        if place:
            controller, lock = place
            self._lines.send(controller.code, Raise(self._lines.next_command(), lock))

    def lock_reported(self, write: Write, number: int, report: LockReport) -> str | None:
        """A controller has finished an order: answered in the transaction that takes the report."""
        pending = self._pending.get(number)
        if pending is None or self._store.note_of("order", pending.command):
            return None
        outcome = Outcome(report.outcome) if report.outcome in set(Outcome) else Outcome.FAILED
        self._answer_in(write, pending.command, OUTCOMES.get(outcome, "failed"), outcome.name.lower())
        return pending.command

    def give_up_late(self) -> None:
        """Orders whose controller has not told what became of them. Call now and then."""
        for number, pending in list(self._pending.items()):
            if time.monotonic() - pending.since > ANSWER_WITHIN:
                self._answer(pending.command, "failed", "no_answer")
                self._pending.pop(number, None)

    def not_delivered(self, number: int) -> None:
        """The line could not bring an order to its controller in time."""
        pending = self._pending.pop(number, None)
        if pending:
            self._answer(pending.command, "failed", "offline")

    def _obey(self, command: str, order: dict[str, Any]) -> None:
        if abs(self._store.now() - int(order["issued_at"])) > STALE_AFTER:
            raise OrderRefused("stale")
        self._check_authority(order)
        match order["kind"]:
            case "open_gate":
                self._open_gate(command, str(order["gate"]))
            case "unlock" | "raise":
                self._move_lock(command, str(order["kind"]), str(order["spot"]), order.get("grant"))
            case _:
                raise OrderRefused("unknown")

    def _check_authority(self, order: dict[str, Any]) -> None:
        """Invariant 3: a live grant for this spot, or a named person with a reason."""
        if str(order.get("by") or "").strip() and str(order.get("reason") or "").strip():
            return
        grant = self._store.grant(str(order.get("grant") or ""))
        if order["kind"] != "unlock" or grant is None or grant.spot != order["spot"]:
            raise OrderRefused("no_authority")
        if not grant.valid_at(self._store.now()):
            raise OrderRefused("no_authority")

    def _move_lock(self, command: str, kind: str, spot: str, grant: str | None) -> None:
        place = self._layout.of_spot(spot)
        if place is None:
            raise OrderRefused("unknown")
        controller, lock = place
        number = self._lines.next_command()
        self._pending[number] = Pending(command, spot, kind)
        if kind == "unlock":
            with self._store.writing() as write:
                self._locks.opening(write, spot, grant)
            message: Unlock | Raise = Unlock(number, lock, HOLD_SECONDS if grant else 0)
        else:
            message = Raise(number, lock)
        if not self._lines.send(controller.code, message):
            self.not_delivered(number)

    def _open_gate(self, command: str, code: str) -> None:
        gate = self._gates.get(code)
        if gate is None:
            raise OrderRefused("unknown")
        gate.open_by_order().add_done_callback(lambda done: self._gate_answered(command, done))

    def _gate_answered(self, command: str, done: Future[None]) -> None:
        error = done.exception()
        self._answer(command, "failed" if error else "done", str(error or ""))

    def _answer(self, command: str, outcome: str, detail: str) -> None:
        """Once for each order."""
        with self._store.writing() as write:
            if not self._store.note_of("order", command):
                self._answer_in(write, command, outcome, detail)

    def _answer_in(self, write: Write, command: str, outcome: str, detail: str) -> None:
        write.note("order", command, outcome)
        write.event(EventKind.COMMAND_RESULT, self._store.now(), command=command, outcome=outcome, detail=detail)

    def _reject(self, reason: str) -> None:
        log.warning("an order was refused: %s", reason)
        with self._store.writing() as write:
            write.event(EventKind.REJECTED, self._store.now(), source="command", reason=reason, detail="")
