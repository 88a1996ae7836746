"""Calls for help: raised by a lot, told to who is on duty, passed on where nobody takes them, resolved with a note."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel import live
from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from hardware.domain import push
from hardware.domain.call_notices import pass_on
from hardware.models import CallStep, Controller, EmergencyCall, Grant
from hardware.signals import CallAnswered, call_answered
from lots.models import Lot, LotStaff, Spot
from members.models import Member

log = logging.getLogger(__name__)
State = EmergencyCall.State
Step = CallStep.Kind
ESCALATE_AFTER = timedelta(seconds=60)
NOTE_LENGTH = 500


@transaction.atomic
def raise_call(
    *,
    call_id: uuid.UUID,
    lot: Lot,
    reason: str,
    raised_at: datetime,
    controller: Controller | None = None,
    gate_code: str = "",
    spot: Spot | None = None,
    grant: Grant | None = None,
) -> EmergencyCall:
    """A lot calls for help: the first person on duty is told. The same call again changes nothing.

    A call that was under way for more than a minute (the lot was cut off) may be resolved by what the lot tells next:
    of it people are told by ``escalate_due``.
    """
    if reason not in EmergencyCall.Reason.values:
        reason = EmergencyCall.Reason.BUTTON
    call, created = EmergencyCall.objects.get_or_create(
        pk=call_id,
        defaults={
            "lot": lot,
            "controller": controller,
            "gate_code": gate_code[:16],
            "spot": spot,
            "grant": grant,
            "reason": reason,
            "raised_at": raised_at,
            "passed_on_at": raised_at,
        },
    )
    if created:
        if timezone.now() - raised_at < ESCALATE_AFTER:
            pass_on(call, first=True)
        live.publish(f"lot.{lot.code}")
    return call


@transaction.atomic
def acknowledge(*, call: EmergencyCall, by: Member) -> EmergencyCall:
    """A member of staff takes the call. Taking one's own again changes nothing; one taken by another is a Conflict."""
    locked = _locked(call)
    _check_staff(locked, by)
    if locked.state == State.ACKNOWLEDGED and locked.acknowledged_by_id == by.pk:
        return locked
    if locked.state != State.RAISED:
        raise Conflict("call_taken", _("This call has been taken already."))
    return _take(locked, by, timezone.now())


@transaction.atomic
def resolve(*, call: EmergencyCall, by: Member, note: str = "") -> EmergencyCall:
    """Help was given. Only a call that somebody has taken can be resolved; twice changes nothing."""
    locked = _locked(call)
    _check_staff(locked, by)
    if locked.state == State.RESOLVED:
        return locked
    if locked.state != State.ACKNOWLEDGED:
        raise Conflict("call_not_taken", _("Take the call first."))
    if len(note) > NOTE_LENGTH:
        message = _("At most 500 characters.")
        raise InvalidInput("call_note", message, fields={"note": message})
    return _resolve(locked, by, timezone.now(), note.strip())


def taken_at_booth(*, call_id: uuid.UUID, lot_id: int, member_id: int, at: datetime) -> None:
    """The lot tells that somebody took a call there. Whoever had it before keeps it."""
    call = _of_lot(call_id, lot_id)
    if call is not None and call.state == State.RAISED:
        _take(call, _staff_member(lot_id, member_id), at, at_booth=True)


def resolved_at_booth(*, call_id: uuid.UUID, lot_id: int, member_id: int, at: datetime, note: str) -> None:
    """The lot tells that help was given."""
    call = _of_lot(call_id, lot_id)
    if call is None or call.state == State.RESOLVED:
        return
    person = _staff_member(lot_id, member_id)
    if call.state == State.RAISED:
        _take(call, person, at, at_booth=True)
    _resolve(call, person, at, note[:NOTE_LENGTH], at_booth=True)


def escalate_due() -> int:
    """Calls that nobody took for a minute after somebody was told go to the next person; how many calls."""
    due = EmergencyCall.objects.filter(state=State.RAISED, passed_on_at__lt=timezone.now() - ESCALATE_AFTER)
    return sum(_escalate(call_id) for call_id in list(due.values_list("pk", flat=True)))


@transaction.atomic
def _escalate(call_id: uuid.UUID) -> int:
    call = (
        EmergencyCall.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("lot__manager", "spot", "controller")
        .filter(pk=call_id, state=State.RAISED, passed_on_at__isnull=False)
        .first()
    )
    if call is None:
        return 0
    pass_on(call)
    live.publish(f"lot.{call.lot.code}")
    return 1


def _take(call: EmergencyCall, by: Member | None, at: datetime, *, at_booth: bool = False) -> EmergencyCall:
    call.state, call.acknowledged_by, call.acknowledged_at = State.ACKNOWLEDGED, by, at
    call.save(update_fields=["state", "acknowledged_by", "acknowledged_at"])
    _answered(call, Step.TAKEN, by, at, at_booth=at_booth)
    return call


def _resolve(
    call: EmergencyCall, by: Member | None, at: datetime, note: str, *, at_booth: bool = False
) -> EmergencyCall:
    call.state, call.resolved_at, call.note = State.RESOLVED, at, note
    call.save(update_fields=["state", "resolved_at", "note"])
    _answered(call, Step.RESOLVED, by, at, note, at_booth=at_booth)
    return call


def _answered(
    call: EmergencyCall, kind: Step, by: Member | None, at: datetime, note: str = "", *, at_booth: bool
) -> None:
    """On record, told to the desk, to the lot (its booth shows it too) and to the layers above."""
    CallStep.objects.create(call=call, kind=kind, person=by, at=at, at_booth=at_booth, note=note)
    live.publish(f"lot.{call.lot.code}")
    if not at_booth:
        push.look(lot_code=call.lot.code)
    if call.grant is not None:
        name = by.public_name if by else ""
        answer = CallAnswered(call.pk, call.grant.subject_id, str(call.state), name, note, at)
        call_answered.send(sender=EmergencyCall, answer=answer)


def _locked(call: EmergencyCall) -> EmergencyCall:
    calls = EmergencyCall.objects.select_for_update(of=("self",)).select_related("lot", "grant")
    return calls.get(pk=call.pk)


def _of_lot(call_id: uuid.UUID, lot_id: int) -> EmergencyCall | None:
    calls = EmergencyCall.objects.select_for_update(of=("self",)).select_related("lot", "grant")
    call = calls.filter(pk=call_id, lot_id=lot_id).first()
    if call is None:
        log.warning("lot %s answers an unknown call %s", lot_id, call_id)
    return call


def _staff_member(lot_id: int, member_id: int) -> Member | None:
    """Whom the lot names, if they work there; a lot cannot speak for anybody else."""
    role = LotStaff.objects.select_related("member").filter(lot_id=lot_id, member_id=member_id).first()
    return role.member if role else None


def _check_staff(call: EmergencyCall, by: Member) -> None:
    if not (by.is_superuser or LotStaff.objects.filter(lot=call.lot_id, member=by).exists()):
        raise NotAllowed("call_staff", _("Only staff of this lot may answer its calls."))
