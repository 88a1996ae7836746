"""What staff did at a lot's own booth page, taken over afterwards: orders with a person and a reason (invariant 3)."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime

from hardware.models import LockCommand
from lots.models import LotStaff, Spot

log = logging.getLogger(__name__)


def take_order(
    *, lot_id: int, command_id: uuid.UUID, kind: str, spot_code: str, gate_code: str, member_id: int, reason: str,
    at: datetime,
) -> LockCommand | None:  # fmt: skip
    """An order given in the booth, on record as if from the desk. None, logged, where the lot names nobody."""
    staff = LotStaff.objects.select_related("member").filter(lot_id=lot_id, member_id=member_id).first()
    if staff is None or kind not in LockCommand.Kind.values or not reason:
        log.error("lot %s tells an order of nobody: %s by %s", lot_id, kind, member_id)
        return None
    command, created = LockCommand.objects.get_or_create(
        pk=command_id,
        defaults={
            "lot_id": lot_id,
            "kind": kind,
            "spot": Spot.objects.filter(lot_id=lot_id, code=spot_code).first(),
            "gate_code": gate_code[:16],
            "requested_by": staff.member,
            "reason": reason[:200],
            "at_booth": True,
        },
    )
    if created:
        LockCommand.objects.filter(pk=command.pk).update(requested_at=at)
    return command
