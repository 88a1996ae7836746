"""What controllers say over OSDP and what they are told: swipes, lock reports, calls for help.

A controller repeats a message until its number is acknowledged. What a message causes is written in one transaction
with its number, and acknowledged only then: so it counts once, also when the lot server dies in between.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from hardware.event_kinds import EventKind
from hardware.lotserver.calls import call_for_help
from hardware.lotserver.config import ControllerConfig, ServerConfig
from hardware.lotserver.judge import IsDenied, IsElsewhere, Opens, Verdict, judge
from hardware.lotserver.locks import Locks
from hardware.lotserver.store import Store, Write
from hardware.osdp import vendor
from hardware.osdp.messages import Message
from hardware.osdp.vendor import (
    Denied,
    Elsewhere,
    Emergency,
    EmergencyReason,
    LockReport,
    LockStatus,
    Open,
    Outcome,
    Status,
    Swipe,
)

log = logging.getLogger(__name__)
HOLD_SECONDS = 600
"""A lock that was opened rises again if no vehicle comes for this long."""
REPEATED_WITHIN = 3600
"""Seconds for which the repetition of a message is known as one."""
RELATED_FOR = 300
"""Seconds for which a call for help is about the last swipe."""
OrderDone = Callable[[Write, int, LockReport], str | None]
"""Notes that an order with this number is done; gives the id that the platform knows it by."""


class Conversation:
    """With one controller. ``answer`` handles a message and gives what to send back, if anything."""

    def __init__(
        self, config: ServerConfig, controller: ControllerConfig, store: Store, locks: Locks, order_done: OrderDone
    ) -> None:
        self._config = config
        self._controller = controller
        self._store = store
        self._locks = locks
        self._order_done = order_done
        self._last_verdict: tuple[int, Verdict, float] | None = None
        self._last_failure: tuple[str, float] | None = None
        """The lock that last did not open: a controller reports it just before it calls for help."""

    def answer(self, number: int, message: Message, now: float | None = None) -> Message:
        """The verdict on a swipe; for all else the acknowledgement. Repeated messages change nothing."""
        at = self._store.now() if now is None else now
        match message:
            case Swipe():
                return self._swipe(number, message, at)
            case LockReport():
                self._report(number, message, at)
            case Status():
                self._status(number, message, at)
            case Emergency():
                self._emergency(number, message, at)
        return vendor.Acknowledge()

    def _once(self, write: Write, number: int, message: Message, now: float) -> bool:
        """Numbers begin anywhere when a controller starts, so that the content belongs to what is remembered."""
        key = f"{number}:{message.code}:{message.encode().hex()}"
        return write.first_time(f"osdp:{self._controller.code}", key, now, within=REPEATED_WITHIN)

    # --- swipes -----------------------------------------------------------------------------------

    def _swipe(self, number: int, swipe: Swipe, now: float) -> Message:
        verdict = judge(swipe.credential, self._controller, now, store=self._store, config=self._config)
        with self._store.writing() as write:
            first = self._once(write, number, swipe, now)
            if first and self._is_news(swipe.request, verdict):
                self._tell_verdict(write, swipe, verdict, now)
            if first:
                self._remember(write, swipe.request, verdict, now)
            if first and isinstance(verdict, Opens):
                self._locks.opening(write, verdict.spot, verdict.grant_id)
        if first or self._last_verdict is None:  # a late repetition is of a swipe before the last one
            self._last_verdict = (swipe.request, verdict, now)
        return _on_the_wire(swipe.request, verdict)

    def _is_news(self, request: int, verdict: Verdict) -> bool:
        """A denied card is verified again up to five times: told once, unless the verdict changes."""
        return self._last_verdict is None or self._last_verdict[:2] != (request, verdict)

    def _tell_verdict(self, write: Write, swipe: Swipe, verdict: Verdict, now: float) -> None:
        words = {Opens: "open", IsElsewhere: "elsewhere", IsDenied: "denied"}
        denied = verdict if isinstance(verdict, IsDenied) else None
        write.event(
            EventKind.SWIPE_JUDGED,
            now,
            controller=self._controller.code,
            request=swipe.request,
            verdict=words[type(verdict)],
            reason=denied.reason.name.lower() if denied else "",
            card=verdict.card,
            grant=verdict.grant_id,
            spot=None if denied else getattr(verdict, "spot", None),
        )
        if denied and denied.detail == "tag":
            write.event(EventKind.REJECTED, now, source="card", reason="tampered", detail=self._controller.code)

    # --- reports ----------------------------------------------------------------------------------

    def _report(self, number: int, report: LockReport, now: float) -> None:
        spot = self._spot(report.lock)
        if spot is None:
            log.error("controller %s reports lock %s, which it does not have", self._controller.code, report.lock)
            return
        if report.outcome == Outcome.FAILED:
            self._last_failure = (spot, now)
        with self._store.writing() as write:
            if self._once(write, number, report, now):
                command = self._order_done(write, report.command, report) if report.command else None
                self._locks.report(write, self._controller.code, spot, report, now, command)
        self._locks.raise_if_free(spot)

    def _status(self, number: int, status: Status, now: float) -> None:
        with self._store.writing() as write:
            if self._once(write, number, status, now):
                for spot, value in zip(self._controller.locks, status.locks, strict=False):
                    self._locks.status(write, self._controller.code, spot, LockStatus(value), now)
        for spot in self._controller.locks:
            self._locks.raise_if_free(spot)

    def _spot(self, lock: int) -> str | None:
        return self._controller.locks[lock] if lock < len(self._controller.locks) else None

    # --- help -------------------------------------------------------------------------------------

    def _emergency(self, number: int, emergency: Emergency, now: float) -> None:
        about = self._remembered(emergency.request, now)
        match emergency.reason:
            case EmergencyReason.LOCK_FAILED:
                reason = "unlock_failed"
            case EmergencyReason.TAMPER:
                reason = "tamper"
            case _:
                reason = "verification_failed" if about.get("denied") else "button"
        failed = self._lock_that_failed(now) if reason == "unlock_failed" else None
        with self._store.writing(urgent=True) as write:
            if self._once(write, number, emergency, now):
                call_for_help(
                    write,
                    now,
                    reason,
                    controller=self._controller.code,
                    spot=about.get("spot") or failed,
                    grant=about.get("grant") if about else self._grant_at(failed),
                )

    def _lock_that_failed(self, now: float) -> str | None:
        """The call's message names no lock; the report before it does."""
        return self._last_failure[0] if self._last_failure and now - self._last_failure[1] <= RELATED_FOR else None

    def _grant_at(self, spot: str | None) -> str | None:
        """For whom that lock was to open, by an order."""
        return self._store.lock(spot).grant_id if spot else None

    def _remember(self, write: Write, request: int, verdict: Verdict, now: float) -> None:
        """On disk and by its number: a lock is tried for half a minute, in which others swipe and power fails."""
        source, key = f"swipe:{self._controller.code}", str(request)
        about = {
            "at": int(now),
            "denied": isinstance(verdict, IsDenied),
            "spot": getattr(verdict, "spot", None),
            "grant": verdict.grant_id,
        }
        write.first_time(source, key, now)
        write.note(source, key, json.dumps(about))

    def _remembered(self, request: int, now: float) -> dict[str, Any]:
        """What is known of the swipe that a call is about; nothing once whoever swiped has long gone."""
        note = self._store.note_of(f"swipe:{self._controller.code}", str(request))
        about: dict[str, Any] = json.loads(note) if note else {}
        return about if about and 0 <= now - about["at"] <= RELATED_FOR else {}


def _on_the_wire(request: int, verdict: Verdict) -> Message:
    match verdict:
        case Opens():
            return Open(request, verdict.lock, HOLD_SECONDS)
        case IsElsewhere():
            return Elsewhere(request, verdict.text)
        case IsDenied():
            return Denied(request, int(verdict.reason))
