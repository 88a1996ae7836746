"""Power loss in mid-job, in virtual time: whatever was under way, each lock ends in a state that is known and told."""

from __future__ import annotations

import json

import pytest

from hardware.controller.actions import Drive, Tell
from hardware.controller.job import Job, State
from hardware.controller.journal import Journal
from hardware.controller.lock_jobs import LockJobs
from hardware.osdp.vendor import LockStatus, Outcome

UP, DOWN, VEHICLE, JAMMED = LockStatus.RAISED, LockStatus.LOWERED, LockStatus.VEHICLE, LockStatus.JAMMED
BETWEEN, SILENT = LockStatus(0), LockStatus.UNREACHABLE
BEGINNINGS = {
    "swipe": lambda jobs: jobs.unlock(0, 0, request=9, hold=600),
    "order": lambda jobs: jobs.unlock(0, 0, command=5),
    "held": lambda jobs: [*jobs.unlock(0, 0, request=9, hold=600), *jobs.status_read(0, DOWN, 1)],
    "raise": lambda jobs: jobs.raise_lock(0, 0, command=6),
    "test": lambda jobs: jobs.test(0, 0, command=7),
    "testing up": lambda jobs: [*jobs.test(0, 0, command=7), *jobs.status_read(0, DOWN, 1)],
}


def after_the_cut(tmp_path, beginning, found):
    """What a controller does that starts again and finds the lock so: reports, whether it raises, whether it holds."""
    before = LockJobs(1)
    BEGINNINGS[beginning](before)
    Journal(tmp_path / "journal").write(before.under_way)
    jobs = LockJobs(1)
    jobs.restore(Journal(tmp_path / "journal").read())
    assert (jobs.deadline, jobs.tick(10_000)) == (None, []), "nothing moves before the lock has been read"
    actions = jobs.status_read(0, found, 100)
    reports = [Outcome(a.message.outcome).name for a in actions if isinstance(a, Tell)]
    held = any(job.state is State.HELD_OPEN for job in jobs.jobs.values())
    return reports, [a.lower for a in actions if isinstance(a, Drive)], held


@pytest.mark.parametrize(
    ("beginning", "found", "reports", "driven", "held"),
    [
        ("swipe", DOWN, ["OPENED"], [], True),
        ("swipe", DOWN | VEHICLE, ["OPENED"], [], False),
        ("swipe", BETWEEN, ["FAILED"], [False], False),
        ("swipe", UP, ["FAILED"], [], False),
        ("swipe", JAMMED, ["FAILED"], [False], False),
        ("swipe", BETWEEN | VEHICLE, ["FAILED"], [], False),
        ("order", DOWN, ["OPENED"], [], False),
        ("held", DOWN, [], [], True),
        ("held", DOWN | VEHICLE, [], [], False),
        ("held", BETWEEN, [], [False], False),
        ("held", UP, [], [], False),
        ("raise", UP, ["RAISED"], [], False),
        ("raise", BETWEEN, [], [False], False),
        ("raise", DOWN | VEHICLE, ["REFUSED"], [], False),
        ("test", DOWN, ["FAILED"], [False], False),
        ("test", DOWN | VEHICLE, ["FAILED"], [], False),
        ("testing up", BETWEEN, ["FAILED"], [False], False),
        ("testing up", UP, ["FAILED"], [], False),
    ],
)
def test_each_lock_ends_known_and_none_is_opened(tmp_path, beginning, found, reports, driven, held):
    assert after_the_cut(tmp_path, beginning, found) == (reports, driven, held)


def test_silent_lock_is_waited_for(tmp_path):
    jobs = LockJobs(1)
    jobs.restore([Job(0, True, request=9, hold=600)])
    assert jobs.status_read(0, SILENT, 1) == []
    assert [a.message.outcome for a in jobs.status_read(0, DOWN, 500)] == [Outcome.OPENED]
    assert jobs.deadline == 1100, "its hold begins anew"


def test_raise_that_was_cut_off_is_reported_under_its_own_number(tmp_path):
    jobs = LockJobs(1)
    jobs.restore([Job(0, False, command=6)])
    assert jobs.status_read(0, BETWEEN, 1) == [Drive(0, False)]
    (report,) = [a.message for a in jobs.status_read(0, UP, 2)]
    assert (report.command, report.outcome) == (6, Outcome.RAISED)


def test_journal_is_written_only_when_it_changes(tmp_path):
    journal, path = Journal(tmp_path / "journal"), tmp_path / "journal"
    jobs = LockJobs(1)
    jobs.unlock(0, 0, request=9)
    journal.write(jobs.under_way)
    stamp = path.stat().st_ino
    jobs.tick(5.0)
    journal.write(jobs.under_way)
    assert path.stat().st_ino == stamp, "another try is no news"
    jobs.status_read(0, DOWN, 6)
    journal.write(jobs.under_way)
    assert json.loads(path.read_text()) == {"jobs": []}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"jobs": [{"lock": 0}]}', '{"jobs": [5]}', '{"jobs": 5}'])
def test_journal_that_is_none_is_no_reason_not_to_start(tmp_path, text, caplog):
    (tmp_path / "journal").write_text(text)
    assert Journal(tmp_path / "journal").read() == []
    assert "journal" in caplog.text


def test_full_disk_stops_no_lock(tmp_path, caplog):
    Journal(tmp_path / "no" / "such" / "place").write([Job(0, True, request=1)])
    assert "journal" in caplog.text
