"""Orders from above to a lot: recorded, sent, and closed by the lot's answer."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel import live, signatures
from berth.kernel.canonical import canonical_json
from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from hardware.domain import push
from hardware.domain.grant_feed import NotReady
from hardware.models import Controller, Grant, LockCommand
from lots.models import Gate, Lot, LotStaff, Spot
from members.models import Member

log = logging.getLogger(__name__)
Kind = LockCommand.Kind
State = LockCommand.State
ANSWER_WITHIN = timedelta(minutes=2)
"""A lot refuses an order older than 30 s and tries a lock for 30 s more; after this nothing can come of it."""
REASON_LENGTH = 200
TEXT_LENGTH = 120
"""Of a text on a display; in Chinese as many characters fill a message on the line."""
OF_A_CONTROLLER = frozenset({Kind.SHOW_TEXT, Kind.ROTATE_KEY})


@transaction.atomic
def order(
    *,
    kind: str,
    lot: Lot,
    by: Member,
    spot: Spot | None = None,
    gate_code: str = "",
    controller: Controller | None = None,
    text: str = "",
    reason: str = "",
    grant: Grant | None = None,
) -> LockCommand:
    """Order a lock or a gate opened, a lock raised or tested, a text shown, a controller's key changed.

    With the grant of ``by`` the order is a member's own (phone as key), for the grant's spot and time. Otherwise
    ``by`` must be staff of the lot and say why. Signed by the platform's key, without which nothing is sent
    (NotReady). Raises InvalidInput, NotAllowed or Conflict as well.
    """
    _check_target(kind, lot, spot, gate_code)
    _check_controller(kind, lot, controller, text)
    if grant is not None and grant.member_id == by.pk and kind == Kind.UNLOCK:
        _check_own(grant, spot)
    else:
        _check_override(lot, by, reason)
        _check_grant_of_lot(lot, grant)
    command = LockCommand.objects.create(
        kind=kind,
        lot=lot,
        spot=spot,
        gate_code=gate_code,
        controller=controller,
        text=text.strip(),
        requested_by=by,
        reason=reason.strip(),
        grant=grant,
    )
    push.command(lot_code=lot.code, envelope=signed(_message(command, lot, spot)))
    live.publish(f"lot.{lot.code}")
    return command


def signed(order: dict[str, Any]) -> dict[str, str]:
    """An order as it goes over the broker, where anybody may write: with the platform's signature."""
    if not settings.GRANT_SIGNING_KEY:
        raise NotReady("no_signing_key", _("The platform cannot sign orders at the moment."))
    text = canonical_json(order)
    return {"payload": text.decode(), "signature": signatures.sign(settings.GRANT_SIGNING_KEY, text)}


def take_result(*, lot_id: int, command_id: uuid.UUID, outcome: str, detail: str, at: datetime) -> None:
    """The lot's answer to an order. The first answer counts; one for an unknown order is logged."""
    if outcome not in (State.DONE, State.FAILED, State.REFUSED):
        log.warning("command %s: unknown outcome %r", command_id, outcome)
        return
    command = LockCommand.objects.select_for_update(of=("self",)).filter(pk=command_id, lot_id=lot_id).first()
    if command is None:
        log.warning("result of an unknown command %s", command_id)
        return
    _finish(command, outcome, detail, at)


@transaction.atomic
def give_up_unanswered() -> int:
    """Orders that no lot has answered in time have failed; how many."""
    now = timezone.now()
    late = LockCommand.objects.select_for_update(of=("self",), skip_locked=True).filter(
        state=State.SENT, at_booth=False, requested_at__lt=now - ANSWER_WITHIN
    )
    count = 0
    for command in late.select_related("lot"):
        _finish(command, State.FAILED, "lot_silent", now)
        count += 1
    return count


def _finish(command: LockCommand, outcome: str, detail: str, at: datetime) -> None:
    if command.state != State.SENT:
        return
    command.state, command.result, command.finished_at = outcome, detail[:200], at
    command.save(update_fields=["state", "result", "finished_at"])
    live.publish(f"lot.{command.lot.code}")


def _message(command: LockCommand, lot: Lot, spot: Spot | None) -> dict[str, Any]:
    """What the lot is told: the contract's `lot.command`."""
    return {
        "id": str(command.pk),
        "lot": lot.code,
        "kind": str(command.kind),
        "spot": spot.code if spot else "",
        "gate": command.gate_code,
        "controller": command.controller.code if command.controller else "",
        "text": command.text,
        "by": command.requested_by.public_name,
        "reason": command.reason,
        "grant": str(command.grant_id) if command.grant_id else None,
        "issued_at": int(command.requested_at.timestamp()),
    }


def _check_target(kind: str, lot: Lot, spot: Spot | None, gate_code: str) -> None:
    if kind not in Kind.values:
        raise InvalidInput("command_kind", _("A lot takes no such order."))
    if kind == Kind.OPEN_GATE:
        if not Gate.objects.filter(lot=lot, code=gate_code).exists():
            raise InvalidInput("command_gate", _("This lot has no such gate."), fields={"gate": _("Choose a gate.")})
    elif kind in OF_A_CONTROLLER:
        return
    elif spot is None or spot.lot_id != lot.pk or not hasattr(spot, "lock"):
        raise InvalidInput(
            "command_spot", _("This lot has no lock at that spot."), fields={"spot": _("Choose a spot.")}
        )


def _check_controller(kind: str, lot: Lot, controller: Controller | None, text: str) -> None:
    if kind not in OF_A_CONTROLLER:
        return
    if controller is None or controller.lot_id != lot.pk:
        message = _("This lot has no such controller.")
        raise InvalidInput("command_controller", message, fields={"controller": message})
    if kind != Kind.SHOW_TEXT:
        return
    if not text.strip() or len(text.strip()) > TEXT_LENGTH:
        message = _("Write 1 to 120 characters.")
        raise InvalidInput("command_text", message, fields={"text": message})


def _check_own(grant: Grant, spot: Spot | None) -> None:
    now = timezone.now()
    if spot is None or grant.spot_id != spot.pk:
        raise NotAllowed("command_grant", _("Your booking is for another spot."))
    if grant.state != Grant.State.ACTIVE or not grant.valid_from <= now < grant.valid_until:
        raise Conflict("command_time", _("Your booking does not open the lock at this time."))


def _check_grant_of_lot(lot: Lot, grant: Grant | None) -> None:
    if grant is not None and grant.lot_id != lot.pk:
        raise InvalidInput("command_grant", _("The booking is for another lot."))


def _check_override(lot: Lot, by: Member, reason: str) -> None:
    if not (by.is_superuser or LotStaff.objects.filter(lot=lot, member=by).exists()):
        raise NotAllowed("command_staff", _("Only staff of this lot may do that."))
    if not reason.strip():
        message = _("Say why: the reason is kept with the booking.")
        raise InvalidInput("command_reason", message, fields={"reason": message})
    if len(reason.strip()) > REASON_LENGTH:
        message = _("At most 200 characters.")
        raise InvalidInput("command_reason", message, fields={"reason": message})
