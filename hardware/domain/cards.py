"""IC cards as the platform knows them. Gates issue and collect; people report them lost or stolen, and refill.

A card is void by its issue number: what is reported goes down with the grants, and controllers refuse it from then on.
Put back into a dispenser it gets its next issue, which is good again.
"""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel import live
from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from hardware.domain import push
from hardware.domain.grants import lock_server
from hardware.models import AccessCard, Grant, LotServer
from lots.models import Gate, LotStaff
from members.models import Member

State = AccessCard.State
VOID = (State.LOST, State.REVOKED)


def report_lost(*, card: AccessCard) -> AccessCard:
    """On record as lost, and refused at the lot; again changes nothing."""
    return _void(card, State.LOST)


def revoke(*, card: AccessCard) -> AccessCard:
    """Stolen, say, or to be taken out of use: refused at the lot; again changes nothing."""
    return _void(card, State.REVOKED)


def report_lost_of(*, subject_id: uuid.UUID) -> AccessCard:
    """The card that is out for this booking is lost. Raises Conflict where none is."""
    card = AccessCard.objects.filter(grant__subject_id=subject_id, state__in=[State.ISSUED, State.LOST]).first()
    if card is None:
        raise Conflict("no_card_out", _("No card is out for this booking."))
    return report_lost(card=card)


def revoke_those_out(*, grant: Grant, but: str = "") -> None:
    """Cards of this grant that the lot has neither taken back nor told as void, ``but`` one UID, are refused there now.

    A lot server whose store was lost lets cars out, and in again, whose cards it does not know.
    """
    for card in grant.cards.filter(state=State.ISSUED).exclude(chip_uid=but).select_related("lot"):
        revoke(card=card)


@transaction.atomic
def refill(*, gate: Gate, by: Member) -> int:
    """The staff have put the cards of the lot's bins into this dispenser; how many. Raises NotAllowed, InvalidInput."""
    if not (by.is_superuser or LotStaff.objects.filter(lot=gate.lot, member=by).exists()):
        raise NotAllowed("refill_staff", _("Only staff of this lot may do that."))
    if gate.direction != Gate.Direction.ENTRY:
        raise InvalidInput("refill_gate", _("Cards are handed out at entries only."))
    cards = AccessCard.objects.filter(lot=gate.lot, state=State.RETURNED)
    count = cards.update(state=State.STOCKED, gate=gate, state_at=timezone.now())
    live.publish(f"lot.{gate.lot.code}")
    return count


@transaction.atomic
def _void(card: AccessCard, state: AccessCard.State) -> AccessCard:
    """The lot pulls it as it pulls grants: under the lot's next revision."""
    server = lock_server(card.lot_id)
    locked = AccessCard.objects.select_for_update(of=("self",)).select_related("lot").get(pk=card.pk)
    if locked.state in VOID:
        return locked
    locked.state, locked.state_at, locked.gate = state, timezone.now(), None
    locked.save(update_fields=["state", "state_at", "gate"])
    LotServer.objects.filter(pk=server.pk).update(grants_revision=F("grants_revision") + 1)
    push.grants_changed(lot_code=locked.lot.code, revision=server.grants_revision + 1)
    live.publish(f"lot.{locked.lot.code}")
    return locked
