"""M7c of PRODUCT.md as a table: a swipe is verified; if not, again 5 times, 1 s apart; then the person swipes again;
after 3 failed swipes the display asks them to press the emergency button.

====================  =================  ==================================================================
state                 event              next state, and what is done
====================  =================  ==================================================================
READY                 card               VERIFYING: ask the lot server (attempt 1)
VERIFYING             verdict open       READY: start the lock job, forget failures
VERIFYING             verdict elsewhere  READY: show the way, forget failures
VERIFYING             verdict denied     WAITING for 1 s, or after the last attempt READY: the swipe has failed
VERIFYING             no verdict in 1 s  VERIFYING with the next attempt, or READY: the swipe has failed
WAITING               1 s has passed     VERIFYING with the next attempt
VERIFYING or WAITING  another card       VERIFYING: the new card, from attempt 1
VERIFYING or WAITING  the same card      unchanged: it is being asked already
====================  =================  ==================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from hardware.controller.actions import Action, Show, StartUnlock, Tell
from hardware.osdp.vendor import DenialReason, Denied, Elsewhere, Open, Swipe

DENIAL_TEXTS = {
    DenialReason.TOO_EARLY: "too_early",
    DenialReason.TOO_LATE: "too_late",
    DenialReason.REVOKED: "card_revoked",
    DenialReason.LOCK_OUT_OF_ORDER: "lock_out_of_order",
}


class State(Enum):
    READY = auto()
    VERIFYING = auto()
    WAITING = auto()


@dataclass(frozen=True, slots=True)
class VerificationTimes:
    """Defaults are PRODUCT.md's; seconds."""

    retries: int = 5
    retry_interval: float = 1.0
    swipes: int = 3
    forget_failures_after: float = 120.0
    directions_shown: float = 20.0
    prompt_shown: float = 60.0


@dataclass(slots=True)
class Verification:
    """One reader. Every method returns the actions to take; ``deadline`` is when ``tick`` is due, or None."""

    times: VerificationTimes = field(default_factory=VerificationTimes)
    request: int = 0
    """Number of the current or last swipe, 1–65535; the program sets it at start so that numbers do not repeat soon."""
    state: State = State.READY
    deadline: float | None = None
    attempt: int = 0
    failed_swipes: int = 0
    credential: bytes = b""
    _failed_at: float = 0.0
    _reason: int = 0

    def card(self, credential: bytes, now: float) -> list[Action]:
        """A card was held to the reader."""
        if self.state is not State.READY and credential == self.credential:
            return []
        if now - self._failed_at > self.times.forget_failures_after:
            self.failed_swipes = 0
        self.request = self.request % 0xFFFF + 1
        self.credential, self.attempt, self._reason = credential, 0, 0
        return [Show("checking"), *self._ask(now)]

    def verdict(self, verdict: Open | Elsewhere | Denied, now: float) -> list[Action]:
        """The lot server's answer. One that is late, repeated or for another swipe changes nothing."""
        if self.state is not State.VERIFYING or verdict.request != self.request:
            return []
        if isinstance(verdict, Denied):
            self._reason = verdict.reason
            return self._wait_or_fail(now)
        self._rest()
        self.failed_swipes = 0
        if isinstance(verdict, Elsewhere):
            return [Show(text=verdict.text, seconds=self.times.directions_shown)]
        return [Show("opening"), StartUnlock(verdict.lock, verdict.request, float(verdict.hold))]

    def tick(self, now: float) -> list[Action]:
        """Call when ``deadline`` has passed."""
        if self.deadline is None or now < self.deadline:
            return []
        if self.state is State.VERIFYING and self.attempt > self.times.retries:
            return self._fail(now)
        return self._ask(now)

    def _ask(self, now: float) -> list[Action]:
        self.attempt += 1
        self.state = State.VERIFYING
        self.deadline = now + self.times.retry_interval
        return [Tell(Swipe(self.request, self.attempt, self.credential))]

    def _wait_or_fail(self, now: float) -> list[Action]:
        if self.attempt > self.times.retries:
            return self._fail(now)
        self.state = State.WAITING
        self.deadline = now + self.times.retry_interval
        return []

    def _fail(self, now: float) -> list[Action]:
        self._rest()
        self.failed_swipes += 1
        self._failed_at = now
        if self.failed_swipes >= self.times.swipes:
            self.failed_swipes = 0
            return [Show("press_emergency", seconds=self.times.prompt_shown)]
        return [Show(self._failure_text(), seconds=self.times.prompt_shown)]

    def _failure_text(self) -> str:
        try:
            return DENIAL_TEXTS.get(DenialReason(self._reason), "swipe_again")
        except ValueError:
            return "swipe_again"

    def _rest(self) -> None:
        self.state, self.deadline = State.READY, None
