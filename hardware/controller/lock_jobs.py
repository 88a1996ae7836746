"""M7a of PRODUCT.md as a table: a lock is driven and its status read back; if it stays, 5 more tries, 5 s apart;
then security is called.

==========  =================================  ====================================================================
state       event                              next state, and what is done
==========  =================================  ====================================================================
(none)      unlock, raise, test                MOVING: drive the lock (try 1); raise or test under a vehicle: refused
MOVING      status shows the target            (none): report success; an unlock with a hold goes on to HELD_OPEN; a
                                               test that is down goes on to MOVING up
MOVING      5 s passed                         MOVING: drive again, or after the last try (none): report failure and,
                                               for an unlock, call for help
MOVING      a vehicle came under a raise       (none): report the raise or test as refused
HELD_OPEN   a vehicle came                     (none)
HELD_OPEN   the hold passed without a vehicle  MOVING: raise again
RECOVERING  status after a power loss          see recovery.after_power_loss
==========  =================================  ====================================================================

``under_way`` is what must survive a power loss: written down (hardware.controller.journal) before a lock is driven.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from hardware.controller.actions import Action, Drive, Show, Tell
from hardware.controller.job import Job, LockTimes, State
from hardware.controller.recovery import after_power_loss
from hardware.osdp.vendor import Emergency, EmergencyReason, LockReport, LockStatus, Outcome

REPORTS_KEPT = 64
"""Orders whose report is known again when they are repeated."""


@dataclass(slots=True)
class LockJobs:
    """The jobs of one controller's locks, at most one a lock: a new order replaces the old one."""

    count: int
    times: LockTimes = field(default_factory=LockTimes)
    status: dict[int, LockStatus] = field(default_factory=dict)
    """Last status read of each lock."""
    jobs: dict[int, Job] = field(default_factory=dict)
    _done_commands: dict[int, LockReport] = field(default_factory=dict)

    @property
    def deadline(self) -> float | None:
        return min((job.deadline for job in self.jobs.values() if job.deadline < math.inf), default=None)

    @property
    def under_way(self) -> tuple[Job, ...]:
        """The jobs as they are written down: without times, which mean nothing after a restart."""
        return tuple(job.timeless for _, job in sorted(self.jobs.items()))

    def unlock(self, lock: int, now: float, *, request: int = 0, command: int = 0, hold: float = 0) -> list[Action]:
        """Open a lock for a swipe (``request``) or by order (``command``)."""
        return self._start(Job(lock, True, request, command, hold), now)

    def raise_lock(self, lock: int, now: float, *, command: int = 0) -> list[Action]:
        """Raise a lock by order; under a vehicle it is refused."""
        return self._start_under_nobody(Job(lock, False, command=command), now)

    def test(self, lock: int, now: float, *, command: int) -> list[Action]:
        """Lower and raise a lock where nobody stands; a lock that is busy is left alone."""
        if lock in self.jobs and self.jobs[lock].command != command:
            return [self._report(lock, Outcome.REFUSED, command=command)]
        return self._start_under_nobody(Job(lock, True, command=command, test=True), now)

    def restore(self, jobs: Iterable[Job]) -> None:
        """After a power loss: what was under way waits for the lock's first status."""
        self.jobs = {job.lock: replace(job, state=State.RECOVERING) for job in jobs if 0 <= job.lock < self.count}

    def _start_under_nobody(self, job: Job, now: float) -> list[Action]:
        if self.status.get(job.lock, LockStatus(0)) & LockStatus.VEHICLE and job.command not in self._done_commands:
            return [self._report(job.lock, Outcome.REFUSED, command=job.command)]
        return self._start(job, now)

    def _start(self, job: Job, now: float) -> list[Action]:
        if not 0 <= job.lock < self.count:
            return [self._report(job.lock, Outcome.REFUSED, job.request, job.command)]
        if job.command and job.command in self._done_commands:
            return [Tell(self._done_commands[job.command])]
        current = self.jobs.get(job.lock)
        if current and job.command and current.command == job.command:
            return []
        aside = self._finish(current, Outcome.REFUSED) if current and current.test else []
        return [*aside, *self._drive(job, now)]

    def _drive(self, job: Job, now: float) -> list[Action]:
        """The first try of a job."""
        job.state, job.tries, job.since = State.MOVING, 1, now
        job.deadline = now + self.times.retry_interval
        self.jobs[job.lock] = job
        return [Drive(job.lock, job.lower)]

    def status_read(self, lock: int, status: LockStatus, now: float) -> list[Action]:
        """The bus read a lock. A change that nobody ordered is reported too."""
        before = self.status.get(lock)
        self.status[lock] = status
        job = self.jobs.get(lock)
        if job is None:
            return [] if before == status else [self._report(lock, Outcome.CHANGED)]
        match job.state:
            case State.HELD_OPEN:
                return self._held_open(job, status, before)
            case State.RECOVERING:
                return self._recover(job, status, now)
        if not job.lower and status & LockStatus.VEHICLE:
            return self._finish(job, Outcome.REFUSED)
        target = LockStatus.LOWERED if job.lower else LockStatus.RAISED
        return self._reached(job, now) if status & target and not status & LockStatus.JAMMED else []

    def _reached(self, job: Job, now: float) -> list[Action]:
        took = job.took or min(round((now - job.since) * 100), 0xFFFF)
        if job.test and job.lower:
            return self._drive(replace(job, lower=False, took=took), now)
        job.took = took
        outcome = Outcome.TESTED if job.test else Outcome.OPENED if job.lower else Outcome.RAISED
        actions = self._finish(job, outcome)
        if job.lower:
            actions.append(Show("open", seconds=self.times.message_shown))
            self._hold(job, now)
        return actions

    def _hold(self, job: Job, now: float) -> None:
        if job.hold > 0:
            self.jobs[job.lock] = Job(job.lock, True, hold=job.hold, state=State.HELD_OPEN, deadline=now + job.hold)

    def _held_open(self, job: Job, status: LockStatus, before: LockStatus | None) -> list[Action]:
        if status & LockStatus.VEHICLE:
            del self.jobs[job.lock]
        return [] if status == before else [self._report(job.lock, Outcome.CHANGED)]

    def _recover(self, job: Job, status: LockStatus, now: float) -> list[Action]:
        step = after_power_loss(job, status)
        if step is None:
            return []
        actions = self._finish(job, step.outcome) if step.outcome else self._forget(job)
        if step.hold:
            self._hold(job, now)
        if step.raise_it:
            actions += self._drive(Job(job.lock, False, command=0 if step.outcome else job.command), now)
        return actions

    def tick(self, now: float) -> list[Action]:
        """Call when ``deadline`` has passed."""
        actions: list[Action] = []
        for job in [job for job in self.jobs.values() if job.deadline <= now]:
            actions += self._overdue(job, now)
        return actions

    def _overdue(self, job: Job, now: float) -> list[Action]:
        if job.state is State.HELD_OPEN:
            return self._drive(Job(job.lock, False), now)
        if job.tries <= self.times.retries:
            job.tries += 1
            job.deadline = now + self.times.retry_interval
            return [Drive(job.lock, job.lower)]
        return self._failed(job, now)

    def _failed(self, job: Job, now: float) -> list[Action]:
        actions = self._finish(job, Outcome.FAILED)
        if job.test and job.lower:  # perhaps it went half way: up again, as far as it goes
            return [*actions, *self._drive(Job(job.lock, False), now)]
        if job.lower:
            actions.append(Tell(Emergency(job.request, EmergencyReason.LOCK_FAILED)))
            actions.append(Show("help_is_called", seconds=60))
        return actions

    def _finish(self, job: Job, outcome: Outcome) -> list[Action]:
        self._forget(job)
        return [self._report(job.lock, outcome, job.request, job.command, job.tries, job.took)]

    def _forget(self, job: Job) -> list[Action]:
        self.jobs.pop(job.lock, None)
        return []

    def _report(
        self, lock: int, outcome: Outcome, request: int = 0, command: int = 0, tries: int = 1, took: int = 0
    ) -> Action:
        status = int(self.status.get(lock, LockStatus.UNREACHABLE))
        report = LockReport(request, command, lock, int(outcome), status, min(tries, 255), took)
        if command:
            self._done_commands[command] = report
            while len(self._done_commands) > REPORTS_KEPT:
                del self._done_commands[next(iter(self._done_commands))]
        return Tell(report)
