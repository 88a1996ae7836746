"""What becomes of a lock that was on its way when the power went: the table that the first status after it decides.

==================  ===============================  =============================================================
was under way       the lock is found                then
==================  ===============================  =============================================================
anything            not answering                    wait for an answer
unlock              down                             it did open: report so; its hold begins anew
unlock              elsewhere, no vehicle            report failure and raise it: nobody may stand there any more
unlock              elsewhere, under a vehicle       report failure
held open           down, no vehicle                 its hold begins anew
held open           a vehicle, or up                 nothing is left to do
raise               up                               report so
raise               elsewhere, no vehicle            raise it
raise               under a vehicle                  report it as refused
test                anywhere                         report failure; raise it unless it is up or under a vehicle
==================  ===============================  =============================================================

A lock is never *opened* by what was written down: whoever swiped may have gone, and swipes again if not.
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.controller.job import Job
from hardware.osdp.vendor import LockStatus, Outcome


@dataclass(frozen=True, slots=True)
class Step:
    """Report ``outcome`` if there is one; begin the hold anew; raise the lock."""

    outcome: Outcome | None = None
    hold: bool = False
    raise_it: bool = False


def after_power_loss(job: Job, status: LockStatus) -> Step | None:
    """None: not known yet."""
    if status & LockStatus.UNREACHABLE:
        return None
    vehicle = bool(status & LockStatus.VEHICLE)
    up = bool(status & LockStatus.RAISED)
    stands_open = bool(status & LockStatus.LOWERED) and not status & LockStatus.JAMMED
    if job.test:
        return Step(Outcome.FAILED, raise_it=not up and not vehicle)
    if not job.lower:
        return Step(Outcome.REFUSED) if vehicle else Step(Outcome.RAISED) if up else Step(raise_it=True)
    if stands_open:
        return Step(None if job.is_hold else Outcome.OPENED, hold=not vehicle)
    return Step(None if job.is_hold else Outcome.FAILED, raise_it=not up and not vehicle)
