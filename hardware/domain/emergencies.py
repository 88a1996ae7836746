"""Calls for help: raised by a lot, taken and resolved by its staff, and passed on where nobody takes them."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from berth.kernel import live
from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from hardware.models import Controller, EmergencyCall, Grant
from lots.models import Lot, LotStaff, Spot
from members.domain import outbox
from members.models import Member, OutboxMessage

log = logging.getLogger(__name__)
State = EmergencyCall.State
ESCALATE_AFTER = timedelta(seconds=60)
NOTE_LENGTH = 500


def raise_call(
    *,
    call_id: uuid.UUID,
    lot: Lot,
    reason: str,
    raised_at: datetime,
    controller: Controller | None = None,
    spot: Spot | None = None,
    grant: Grant | None = None,
) -> EmergencyCall:
    """A lot calls for help. The same call again changes nothing."""
    if reason not in EmergencyCall.Reason.values:
        reason = EmergencyCall.Reason.BUTTON
    call, created = EmergencyCall.objects.get_or_create(
        pk=call_id,
        defaults={
            "lot": lot,
            "controller": controller,
            "spot": spot,
            "grant": grant,
            "reason": reason,
            "raised_at": raised_at,
        },
    )
    if created:
        live.publish(f"lot.{lot.code}")
    return call


@transaction.atomic
def acknowledge(*, call: EmergencyCall, by: Member) -> EmergencyCall:
    """A member of staff takes the call. Taking one's own again changes nothing; one taken by another is a Conflict."""
    locked = _locked(call, by)
    if locked.state == State.ACKNOWLEDGED and locked.acknowledged_by_id == by.pk:
        return locked
    if locked.state != State.RAISED:
        raise Conflict("call_taken", _("This call has been taken already."))
    locked.state, locked.acknowledged_by, locked.acknowledged_at = State.ACKNOWLEDGED, by, timezone.now()
    locked.save(update_fields=["state", "acknowledged_by", "acknowledged_at"])
    live.publish(f"lot.{locked.lot.code}")
    return locked


@transaction.atomic
def resolve(*, call: EmergencyCall, by: Member, note: str = "") -> EmergencyCall:
    """Help was given. Only a call that somebody has taken can be resolved; twice changes nothing."""
    locked = _locked(call, by)
    if locked.state == State.RESOLVED:
        return locked
    if locked.state != State.ACKNOWLEDGED:
        raise Conflict("call_not_taken", _("Take the call first."))
    if len(note) > NOTE_LENGTH:
        message = _("At most 500 characters.")
        raise InvalidInput("call_note", message, fields={"note": message})
    locked.state, locked.resolved_at, locked.note = State.RESOLVED, timezone.now(), note.strip()
    locked.save(update_fields=["state", "resolved_at", "note"])
    live.publish(f"lot.{locked.lot.code}")
    return locked


def escalate_due() -> int:
    """Calls that nobody took for a minute go to the people on duty, by message; how many calls."""
    due = EmergencyCall.objects.filter(
        state=State.RAISED, escalated_at=None, raised_at__lt=timezone.now() - ESCALATE_AFTER
    )
    return sum(_escalate(call_id) for call_id in list(due.values_list("pk", flat=True)))


@transaction.atomic
def _escalate(call_id: uuid.UUID) -> int:
    call = (
        EmergencyCall.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("lot", "spot", "controller")
        .filter(pk=call_id, state=State.RAISED, escalated_at=None)
        .first()
    )
    if call is None:
        return 0
    people = _on_duty(call.lot)
    if not people:
        log.error("emergency call %s at %s: nobody is on duty and no manager is known", call.pk, call.lot.code)
    for member in people:
        _tell(call, member)
    call.escalated_at = timezone.now()
    call.save(update_fields=["escalated_at"])
    live.publish(f"lot.{call.lot.code}")
    return 1


def _on_duty(lot: Lot) -> list[Member]:
    """Who is on duty; where nobody is, the lot's managers."""
    staff = LotStaff.objects.filter(lot=lot).select_related("member").order_by("pk")
    people = [role.member for role in staff if role.on_duty]
    if not people:
        people = [role.member for role in staff if role.role == LotStaff.Role.MANAGER]
    if not people and lot.manager is not None:
        people = [lot.manager]
    return people


def _tell(call: EmergencyCall, member: Member) -> None:
    channel, recipient = _address(member)
    if not recipient:
        log.error("emergency call %s: %s has neither phone nor e-mail", call.pk, member.pk)
        return
    with translation.override(member.language):
        place = call.spot.code if call.spot else call.controller.label if call.controller else gettext("the gate")
        outbox.send(
            channel=channel,
            recipient=recipient,
            subject=gettext("Emergency call at %(lot)s") % {"lot": call.lot.name},
            body=gettext("Emergency call at %(lot)s, %(place)s: %(reason)s. Nobody has taken it for a minute.")
            % {"lot": call.lot.name, "place": place, "reason": call.get_reason_display()},
            dedupe_key=f"emergency:{call.pk}:{member.pk}",
        )


def _address(member: Member) -> tuple[str, str]:
    if member.phone:
        return OutboxMessage.Channel.SMS, member.phone.as_e164
    return OutboxMessage.Channel.EMAIL, member.email or ""


def _locked(call: EmergencyCall, by: Member) -> EmergencyCall:
    locked = EmergencyCall.objects.select_for_update(of=("self",)).select_related("lot").get(pk=call.pk)
    if not (by.is_superuser or LotStaff.objects.filter(lot=locked.lot_id, member=by).exists()):
        raise NotAllowed("call_staff", _("Only staff of this lot may answer its calls."))
    return locked
