"""Orders from above (phone as key, staff override): signed, done once, refused when stale, answered with an event."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from hardware.event_kinds import EventKind
from hardware.lotserver.gates import GateKeeper
from hardware.lotserver.judge import Layout
from hardware.lotserver.lines import Lines
from hardware.lotserver.locks import Locks
from hardware.lotserver.order_check import OrderForged, check
from hardware.lotserver.store import Store, Write
from hardware.osdp.messages import Message
from hardware.osdp.vendor import LockReport, Outcome, Raise, Show, Test, Unlock

log = logging.getLogger(__name__)
STALE_AFTER = 30
"""Seconds after which an order is refused: whoever gave it no longer stands there."""
ANSWER_WITHIN = 60.0
"""Seconds after which a controller that has not told what became of an order never will."""
HOLD_SECONDS = 600
"""A lock that a member opened rises again if no vehicle comes for this long; one that staff opened stays down."""
OUTCOMES = {Outcome.OPENED: "done", Outcome.RAISED: "done", Outcome.TESTED: "done", Outcome.REFUSED: "refused"}
SHOWN_SECONDS = 60
LONGEST_TEXT = 200
MOST_BYTES = 400
"""Of a text on a display: it must fit into one message on the line."""


class OrderRefused(Exception):
    """Said back to whoever ordered. The text is a key that the platform translates."""


TestReported = Callable[[Write, str, LockReport, str, float], None]
"""What is to be done, in the transaction that takes it, with the report of a test: spot, report, controller, time."""


def _nobody_asked(write: Write, spot: str, report: LockReport, controller: str, now: float) -> None:
    log.info("lock %s tested: %s", spot, report)


@dataclass(frozen=True, slots=True)
class Pending:
    """``command``: the platform's id of the order, empty for a wish of the lot itself."""

    command: str
    spot: str
    kind: str
    controller: str
    since: float = field(default_factory=time.monotonic)


class Orders:
    """``take`` may be called from any thread, with the same order several times."""

    def __init__(self, store: Store, layout: Layout, lines: Lines, locks: Locks, gates: dict[str, GateKeeper]) -> None:
        self._store = store
        self._layout = layout
        self._lines = lines
        self._locks = locks
        self._gates = gates
        self.rejected: Counter[str] = Counter()
        """Orders refused at the door since the start, by reason: form, signature, lot, stale, replayed, no id."""
        self._pending: dict[int, Pending] = {}
        self.test_reported: TestReported = _nobody_asked

    def recover(self) -> None:
        """Orders that were taken and not answered when the lot server ended: nobody waits for them any more."""
        for command in self._store.unnoted("order"):
            self._answer(command, "failed", "restarted")

    def take_signed(self, envelope: object, *, lot: str, public_key: str) -> None:
        """What came over the broker, where anybody may have written: a forged order is counted, told, and answered to
        nobody."""
        try:
            order = check(envelope, lot=lot, public_key=public_key)
        except OrderForged as forged:
            self._reject(forged.reason)
            return
        self.take(order)

    def take(self, order: dict[str, Any]) -> None:
        """An order that is known to be the platform's, or the lot's own desk's.

        ``order``: id, kind, spot, gate, controller, text, by, reason, grant, issued_at (Unix s), as
        hardware.domain.commands sends it.
        """
        command = str(order.get("id") or "") if isinstance(order, dict) else ""
        if not command:
            self._reject("no id")
            return
        with self._store.writing() as write:
            first = write.first_time("order", command, self._store.now())
        if not first:
            self._repeated(order)
            return
        try:
            self._obey(command, order)
        except OrderRefused as refusal:
            self._answer(command, "refused", str(refusal))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            self._answer(command, "refused", f"malformed: {type(error).__name__}")

    def test(self, spot: str) -> bool:
        """The lot's own wish, nobody's order: test this lock. False where its line is down."""
        place = self._layout.of_spot(spot)
        if place is None:
            return False
        controller, lock = place
        number = self._lines.next_command()
        self._pending[number] = Pending("", spot, "self_test", controller.code)
        if sent := self._lines.send(controller.code, Test(number, lock)):
            return sent
        self.not_delivered(number)
        return False

    def _repeated(self, order: dict[str, Any]) -> None:
        """The broker may bring an order twice within seconds; one that is stale by now was kept and played back."""
        issued_at = order.get("issued_at")
        if not isinstance(issued_at, int | float) or self._is_stale(issued_at):
            self._reject("replayed")

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
        if pending.kind == "self_test":
            self.test_reported(write, pending.spot, report, pending.controller, self._store.now())
        if not pending.command:
            self._pending.pop(number, None)
            return None
        outcome = Outcome(report.outcome) if report.outcome in set(Outcome) else Outcome.FAILED
        self._answer_in(write, pending.command, OUTCOMES.get(outcome, "failed"), outcome.name.lower())
        return pending.command

    def give_up_late(self) -> None:
        """Orders whose controller has not told what became of them. Call now and then."""
        for number, pending in list(self._pending.items()):
            if time.monotonic() - pending.since > ANSWER_WITHIN:
                if pending.command:
                    self._answer(pending.command, "failed", "no_answer")
                self._pending.pop(number, None)

    def not_delivered(self, number: int) -> None:
        """The line could not bring an order to its controller in time."""
        pending = self._pending.pop(number, None)
        if pending and pending.command:
            self._answer(pending.command, "failed", "offline")

    def _obey(self, command: str, order: dict[str, Any]) -> None:
        if self._is_stale(int(order["issued_at"])):
            self._reject("stale")
            raise OrderRefused("stale")
        self._check_authority(order)
        match order["kind"]:
            case "show_text":
                self._show(command, str(order["controller"]), str(order["text"]))
            case "rotate_key":
                raise OrderRefused("not_supported")
            case "open_gate":
                self._open_gate(command, str(order["gate"]))
            case "unlock" | "raise" | "self_test":
                self._move_lock(command, str(order["kind"]), str(order["spot"]), order.get("grant"))
            case _:
                raise OrderRefused("unknown")

    def _is_stale(self, issued_at: float) -> bool:
        return abs(self._store.now() - issued_at) > STALE_AFTER

    def _show(self, command: str, code: str, text: str) -> None:
        if code not in self._layout.controllers:
            raise OrderRefused("unknown")
        if not 0 < len(text) <= LONGEST_TEXT or len(text.encode()) > MOST_BYTES:
            raise OrderRefused("text")
        if not self._lines.send(code, Show(SHOWN_SECONDS, text)):
            raise OrderRefused("offline")
        self._answer(command, "done", "shown")

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
        self._pending[number] = Pending(command, spot, kind, controller.code)
        message = self._message(kind, spot, grant, number, lock)
        if not self._lines.send(controller.code, message):
            self.not_delivered(number)

    def _message(self, kind: str, spot: str, grant: str | None, number: int, lock: int) -> Message:
        if kind == "self_test":
            return Test(number, lock)
        if kind == "raise":
            return Raise(number, lock)
        with self._store.writing() as write:
            self._locks.opening(write, spot, grant)
        return Unlock(number, lock, HOLD_SECONDS if grant else 0)

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
        """Counted each time; told once a minute at most for each reason."""
        self.rejected[reason] += 1
        log.warning("an order was refused: %s", reason)
        with self._store.writing() as write:
            minute = f"{reason}:{int(self._store.now() // 60)}"
            if not write.first_time("order-rejected", minute, self._store.now()):
                return
            write.event(EventKind.REJECTED, self._store.now(), source="command", reason=reason, detail="")
