"""M7a in virtual time: unlock, read back, retry 5 times 5 s apart, call for help."""

from __future__ import annotations

from hardware.controller.actions import Drive, Show, Tell
from hardware.controller.lock_jobs import LockJobs
from hardware.osdp.vendor import Emergency, EmergencyReason, LockReport, LockStatus, Outcome

RAISED, LOWERED, VEHICLE, JAMMED = LockStatus.RAISED, LockStatus.LOWERED, LockStatus.VEHICLE, LockStatus.JAMMED


def reports(actions):
    return [a.message for a in actions if isinstance(a, Tell)]


def test_unlock_is_reported_when_the_status_shows_it():
    jobs = LockJobs(4)
    assert jobs.unlock(2, 0, request=9) == [Drive(2, True)]
    assert jobs.status_read(2, LockStatus(0), 0.5) == []
    assert jobs.status_read(2, LOWERED, 1.0) == [
        Tell(LockReport(9, 0, 2, Outcome.OPENED, LOWERED, 1, 100)),
        Show("open", seconds=15.0),
    ]
    assert jobs.deadline is None


def test_lock_that_stays_up_is_driven_again_5_times_5_s_apart_then_help_is_called():
    jobs = LockJobs(4)
    jobs.unlock(0, 0, request=9)
    driven = []
    while len(jobs.jobs):
        now = jobs.deadline
        jobs.status_read(0, RAISED, now)
        actions = jobs.tick(now)
        driven += [now for a in actions if isinstance(a, Drive)]
    assert driven == [5.0, 10.0, 15.0, 20.0, 25.0]
    assert reports(actions) == [
        LockReport(9, 0, 0, Outcome.FAILED, RAISED, 6),
        Emergency(9, EmergencyReason.LOCK_FAILED),
    ]


def test_unlock_succeeds_on_a_later_try():
    jobs = LockJobs(1)
    jobs.unlock(0, 0, request=9)
    jobs.tick(5.0)
    assert reports(jobs.status_read(0, LOWERED, 6.0)) == [LockReport(9, 0, 0, Outcome.OPENED, LOWERED, 2, 600)]


def test_jammed_is_not_open():
    jobs = LockJobs(1)
    jobs.unlock(0, 0)
    assert jobs.status_read(0, LOWERED | JAMMED, 1.0) == []


def test_repeated_command_acts_once_and_answers_again():
    jobs = LockJobs(1)
    assert jobs.unlock(0, 0, command=5) == [Drive(0, True)]
    assert jobs.unlock(0, 0.1, command=5) == []
    done = jobs.status_read(0, LOWERED, 1.0)
    assert jobs.unlock(0, 2.0, command=5) == [done[0]]


def test_raise_under_a_vehicle_is_refused():
    jobs = LockJobs(1)
    jobs.status_read(0, LOWERED | VEHICLE, 0)
    assert reports(jobs.raise_lock(0, 1, command=3)) == [LockReport(0, 3, 0, Outcome.REFUSED, LOWERED | VEHICLE, 1)]


def test_raise_is_reported():
    jobs = LockJobs(1)
    jobs.status_read(0, LOWERED, 0)
    assert jobs.raise_lock(0, 1, command=3) == [Drive(0, False)]
    assert reports(jobs.status_read(0, RAISED, 2)) == [LockReport(0, 3, 0, Outcome.RAISED, RAISED, 1, 100)]


def test_unknown_lock_is_refused():
    jobs = LockJobs(2)
    assert [r.outcome for r in reports(jobs.unlock(2, 0, request=1))] == [Outcome.REFUSED]


def test_open_lock_without_a_vehicle_is_raised_after_the_hold():
    jobs = LockJobs(1)
    jobs.unlock(0, 0, request=1, hold=60)
    jobs.status_read(0, LOWERED, 1.0)
    assert jobs.tick(60.9) == []
    assert jobs.tick(61.0) == [Drive(0, False)]


def test_vehicle_ends_the_hold():
    jobs = LockJobs(1)
    jobs.unlock(0, 0, request=1, hold=60)
    jobs.status_read(0, LOWERED, 1.0)
    jobs.status_read(0, LOWERED | VEHICLE, 10.0)
    assert jobs.deadline is None


def test_change_that_nobody_ordered_is_reported():
    jobs = LockJobs(1)
    jobs.status_read(0, RAISED, 0)
    assert jobs.status_read(0, RAISED, 1) == []
    assert reports(jobs.status_read(0, RAISED | VEHICLE, 2)) == [
        LockReport(0, 0, 0, Outcome.CHANGED, RAISED | VEHICLE, 1)
    ]


def test_raise_is_given_up_when_a_vehicle_comes_under_it():
    jobs = LockJobs(1)
    jobs.status_read(0, LOWERED, 0)
    jobs.raise_lock(0, 1, command=3)
    assert reports(jobs.status_read(0, LOWERED | VEHICLE, 2)) == [
        LockReport(0, 3, 0, Outcome.REFUSED, LOWERED | VEHICLE, 1)
    ]
    assert (jobs.deadline, jobs.tick(60)) == (None, [])
