"""What a lot may open: given and taken back by the layers above, numbered per lot, told to the lot after the commit."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from berth.kernel import live
from berth.kernel.errors import InvalidInput
from hardware.domain import push
from hardware.models import Grant, LotServer
from lots.models import Lot, Spot
from members.models import Member


@transaction.atomic
def give(
    *,
    subject_id: uuid.UUID,
    lot: Lot,
    spot: Spot,
    member: Member,
    plates: Iterable[str],
    valid_from: datetime,
    valid_until: datetime,
) -> Grant:
    """Create the subject's grant, or replace what it says; giving the same again changes nothing.

    Takes the lot's next revision under the lot server's row lock. Raises InvalidInput for a spot of another lot, no
    plate, or a validity that ends before it begins.
    """
    wanted = {
        "spot_id": spot.pk,
        "member_id": member.pk,
        "plates": sorted(set(plates)),
        "valid_from": valid_from,
        "valid_until": valid_until,
        "state": Grant.State.ACTIVE,
    }
    _check(lot, spot, wanted["plates"], valid_from, valid_until)
    locked = lock_server(lot.pk)
    grant = Grant.objects.filter(subject_id=subject_id).first() or Grant(subject_id=subject_id, lot=lot)
    if grant.lot_id != lot.pk:
        raise InvalidInput("grant_lot", _("A grant cannot move to another lot."))
    if not grant._state.adding and all(getattr(grant, name) == value for name, value in wanted.items()):
        return grant
    for name, value in wanted.items():
        setattr(grant, name, value)
    _save(grant, locked, lot.code)
    return grant


@transaction.atomic
def revoke(*, subject_id: uuid.UUID) -> Grant | None:
    """The lot opens nothing for this subject any more. Nothing happens where there is no grant, or a second time."""
    known = Grant.objects.select_related("lot").filter(subject_id=subject_id).first()
    if known is None:
        return None
    locked = lock_server(known.lot_id)
    grant = Grant.objects.select_related("lot").get(pk=known.pk)
    if grant.state == Grant.State.REVOKED:
        return grant
    grant.state = Grant.State.REVOKED
    _save(grant, locked, grant.lot.code)
    return grant


def lock_server(lot_id: int) -> LotServer:
    """The lot's server with its row locked; made first where the lot has none yet. Call it in a transaction."""
    LotServer.objects.get_or_create(lot_id=lot_id)
    return LotServer.objects.select_for_update(of=("self",), no_key=True).get(pk=lot_id)


def _check(lot: Lot, spot: Spot, plates: object, valid_from: datetime, valid_until: datetime) -> None:
    if spot.lot_id != lot.pk:
        raise InvalidInput("grant_spot", _("The spot is not in this lot."))
    if not plates:
        raise InvalidInput("grant_plates", _("A grant needs at least one plate."))
    if valid_until <= valid_from:
        raise InvalidInput("grant_validity", _("A grant must end after it begins."))


def _save(grant: Grant, server: LotServer, lot_code: str) -> None:
    LotServer.objects.filter(pk=server.pk).update(grants_revision=F("grants_revision") + 1)
    grant.revision = server.grants_revision + 1
    grant.save()
    push.grants_changed(lot_code=lot_code, revision=grant.revision)
    live.publish(f"lot.{lot_code}")
