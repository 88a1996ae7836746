"""The test of a lock in virtual time: down and up again, measured, never under a vehicle, never a call for help."""

from __future__ import annotations

from hardware.controller.actions import Drive, Tell
from hardware.controller.lock_jobs import LockJobs
from hardware.osdp.vendor import LockReport, LockStatus, Outcome

UP, DOWN, VEHICLE = LockStatus.RAISED, LockStatus.LOWERED, LockStatus.VEHICLE


def told(actions):
    return [a.message for a in actions if isinstance(a, Tell)]


def test_lock_is_lowered_and_raised_and_the_time_down_is_told():
    jobs = LockJobs(1)
    assert jobs.test(0, 0, command=7) == [Drive(0, True)]
    assert jobs.status_read(0, DOWN, 1.3) == [Drive(0, False)]
    assert jobs.status_read(0, UP, 2.9) == [Tell(LockReport(0, 7, 0, Outcome.TESTED, UP, 1, 130))]
    assert told(jobs.test(0, 9, command=7)) == [LockReport(0, 7, 0, Outcome.TESTED, UP, 1, 130)], "once"


def test_lock_that_stays_up_fails_without_calling_anybody():
    jobs = LockJobs(1)
    jobs.test(0, 0, command=7)
    actions = []
    for second in (5, 10, 15, 20, 25, 30):
        jobs.status_read(0, UP, second)
        actions += jobs.tick(second)
    assert told(actions) == [LockReport(0, 7, 0, Outcome.FAILED, UP, 6)]
    assert actions[-1] == Drive(0, False), "wherever it got to, up again"


def test_vehicle_before_or_during_a_test_ends_it():
    jobs = LockJobs(1)
    jobs.status_read(0, UP | VEHICLE, 0)
    assert [r.outcome for r in told(jobs.test(0, 0, command=7))] == [Outcome.REFUSED]
    jobs.status_read(0, UP, 1)
    jobs.test(0, 2, command=8)
    jobs.status_read(0, DOWN, 3)
    assert [r.outcome for r in told(jobs.status_read(0, DOWN | VEHICLE, 4))] == [Outcome.REFUSED]
    assert jobs.deadline is None


def test_lock_that_somebody_is_opening_is_not_tested():
    jobs = LockJobs(1)
    jobs.unlock(0, 0, request=3)
    assert [r.outcome for r in told(jobs.test(0, 1, command=7))] == [Outcome.REFUSED]
    assert [r.request for r in told(jobs.status_read(0, DOWN, 2))] == [3]


def test_whoever_swipes_goes_before_a_test():
    jobs = LockJobs(1)
    jobs.test(0, 0, command=7)
    actions = jobs.unlock(0, 1, request=3)
    assert [(r.command, r.outcome) for r in told(actions)] == [(7, Outcome.REFUSED)]
    assert actions[-1] == Drive(0, True)
