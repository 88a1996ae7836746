"""M7a of PRODUCT.md as a table: a lock is driven and its status read back; if it stays, 5 more tries, 5 s apart;
then security is called.

=========  =================================  =====================================================================
state      event                              next state, and what is done
=========  =================================  =====================================================================
(none)     unlock, raise                      MOVING: drive the lock (try 1); a raise under a vehicle is refused
MOVING     status shows the target            (none): report success; an unlock with a hold goes on to HELD_OPEN
MOVING     5 s passed                         MOVING: drive again, or after the last try (none): report failure and,
                                              for an unlock, call for help
MOVING     a vehicle came under a raise       (none): report the raise as refused
HELD_OPEN  a vehicle came                     (none)
HELD_OPEN  the hold passed without a vehicle  MOVING: raise again
=========  =================================  =====================================================================

After a power loss there are no jobs: a lock stays where it is and is reported as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from hardware.controller.actions import Action, Drive, Show, Tell
from hardware.osdp.vendor import Emergency, EmergencyReason, LockReport, LockStatus, Outcome


class State(Enum):
    MOVING = auto()
    HELD_OPEN = auto()


@dataclass(frozen=True, slots=True)
class LockTimes:
    """Defaults are PRODUCT.md's; seconds."""

    retries: int = 5
    retry_interval: float = 5.0
    message_shown: float = 15.0


@dataclass(slots=True)
class Job:
    lock: int
    lower: bool
    request: int
    command: int
    hold: float
    deadline: float
    tries: int = 1
    state: State = State.MOVING


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
        return min((job.deadline for job in self.jobs.values()), default=None)

    def unlock(self, lock: int, now: float, *, request: int = 0, command: int = 0, hold: float = 0) -> list[Action]:
        """Open a lock for a swipe (``request``) or by order (``command``)."""
        return self._start(Job(lock, True, request, command, hold, now + self.times.retry_interval))

    def raise_lock(self, lock: int, now: float, *, command: int = 0) -> list[Action]:
        """Raise a lock by order; under a vehicle it is refused."""
        if self.status.get(lock, LockStatus(0)) & LockStatus.VEHICLE:
            return [self._report(lock, Outcome.REFUSED, command=command)]
        return self._start(Job(lock, False, 0, command, 0, now + self.times.retry_interval))

    def _start(self, job: Job) -> list[Action]:
        if not 0 <= job.lock < self.count:
            return [self._report(job.lock, Outcome.REFUSED, job.request, job.command)]
        if job.command and job.command in self._done_commands:
            return [Tell(self._done_commands[job.command])]
        current = self.jobs.get(job.lock)
        if current and job.command and current.command == job.command:
            return []
        self.jobs[job.lock] = job
        return [Drive(job.lock, job.lower)]

    def status_read(self, lock: int, status: LockStatus, now: float) -> list[Action]:
        """The bus read a lock. A change that nobody ordered is reported too."""
        before = self.status.get(lock)
        self.status[lock] = status
        job = self.jobs.get(lock)
        if job is None:
            return [] if before == status else [self._report(lock, Outcome.CHANGED)]
        if job.state is State.HELD_OPEN:
            return self._held_open(job, status, before)
        if not job.lower and status & LockStatus.VEHICLE:
            del self.jobs[lock]
            return [self._report(lock, Outcome.REFUSED, job.request, job.command, job.tries)]
        target = LockStatus.LOWERED if job.lower else LockStatus.RAISED
        return self._reached(job, now) if status & target and not status & LockStatus.JAMMED else []

    def _reached(self, job: Job, now: float) -> list[Action]:
        outcome = Outcome.OPENED if job.lower else Outcome.RAISED
        actions = [self._report(job.lock, outcome, job.request, job.command, job.tries)]
        if job.lower:
            actions.append(Show("open", seconds=self.times.message_shown))
        if job.lower and job.hold > 0:
            job.state, job.deadline = State.HELD_OPEN, now + job.hold
        else:
            del self.jobs[job.lock]
        return actions

    def _held_open(self, job: Job, status: LockStatus, before: LockStatus | None) -> list[Action]:
        if status & LockStatus.VEHICLE:
            del self.jobs[job.lock]
        return [] if status == before else [self._report(job.lock, Outcome.CHANGED)]

    def tick(self, now: float) -> list[Action]:
        """Call when ``deadline`` has passed."""
        actions: list[Action] = []
        for job in [job for job in self.jobs.values() if job.deadline <= now]:
            actions += self._overdue(job, now)
        return actions

    def _overdue(self, job: Job, now: float) -> list[Action]:
        if job.state is State.HELD_OPEN:
            self.jobs[job.lock] = Job(job.lock, False, 0, 0, 0, now + self.times.retry_interval)
            return [Drive(job.lock, False)]
        if job.tries <= self.times.retries:
            job.tries += 1
            job.deadline = now + self.times.retry_interval
            return [Drive(job.lock, job.lower)]
        del self.jobs[job.lock]
        return self._failed(job)

    def _failed(self, job: Job) -> list[Action]:
        actions = [self._report(job.lock, Outcome.FAILED, job.request, job.command, job.tries)]
        if job.lower:
            actions.append(Tell(Emergency(job.request, EmergencyReason.LOCK_FAILED)))
            actions.append(Show("help_is_called", seconds=60))
        return actions

    def _report(self, lock: int, outcome: Outcome, request: int = 0, command: int = 0, tries: int = 1) -> Action:
        status = int(self.status.get(lock, LockStatus.UNREACHABLE))
        report = LockReport(request, command, lock, int(outcome), status, min(tries, 255))
        if command:
            self._done_commands[command] = report
            while len(self._done_commands) > 64:
                del self._done_commands[next(iter(self._done_commands))]
        return Tell(report)
