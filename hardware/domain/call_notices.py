"""Messages about a call for help: to the people of the lot's duty ladder, one after the other, each once."""

from __future__ import annotations

import logging

from django.utils import timezone, translation
from django.utils.translation import gettext

from hardware.models import CallStep, EmergencyCall
from lots.queries import duty
from members.domain import outbox
from members.models import Member, OutboxMessage

log = logging.getLogger(__name__)


def pass_on(call: EmergencyCall, *, first: bool = False) -> None:
    """Tell the next person who can be reached; the caller holds the call's row. ``first``: it has just been raised."""
    now = timezone.now()
    told = set(CallStep.objects.filter(call=call, kind=CallStep.Kind.TOLD).values_list("person_id", flat=True))
    left = [person for person in duty.ladder(call.lot, now) if person.pk not in told and _address(person)[1]]
    if left:
        _tell(call, left[0], again=bool(told) or not first)
        CallStep.objects.create(call=call, kind=CallStep.Kind.TOLD, person=left[0], at=now)
    else:
        log.error("emergency call %s at %s: nobody is left to tell", call.pk, call.lot.code)
        CallStep.objects.create(call=call, kind=CallStep.Kind.NOBODY, at=now)
    call.passed_on_at = now if left else None
    if not first and call.escalated_at is None:
        call.escalated_at = now
    call.save(update_fields=["passed_on_at", "escalated_at"])


def _tell(call: EmergencyCall, member: Member, *, again: bool) -> None:
    channel, recipient = _address(member)
    with translation.override(member.language):
        said = {"lot": call.lot.name, "place": _place(call), "reason": call.get_reason_display()}
        body = gettext("Emergency call at %(lot)s, %(place)s: %(reason)s. Nobody has taken it for a minute.")
        if not again:
            body = gettext("Emergency call at %(lot)s, %(place)s: %(reason)s. You are on duty: please take it.")
        outbox.send(
            channel=channel,
            recipient=recipient,
            subject=gettext("Emergency call at %(lot)s") % said,
            body=body % said,
            dedupe_key=f"emergency:{call.pk}:{member.pk}",
        )


def _place(call: EmergencyCall) -> str:
    """Where to go: the spot, the controller, the gate; in the active language."""
    where = [call.controller.label] if call.controller else []
    if call.spot:
        where.insert(0, call.spot.code)
    return ", ".join(where) or call.gate_code or gettext("the gate")


def _address(member: Member) -> tuple[str, str]:
    if member.phone:
        return OutboxMessage.Channel.SMS, member.phone.as_e164
    return OutboxMessage.Channel.EMAIL, member.email or ""
