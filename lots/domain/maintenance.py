"""The lot's staff close a spot for work on it; nobody can book it meanwhile."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import Conflict, NotAllowed
from berth.kernel.ids import uuid7
from lots.domain import occupancy
from lots.models import LotStaff, Occupancy, Spot
from members.models import Member

_KIND = Occupancy.Kind.MAINTENANCE


def close(*, spot: Spot, start: datetime, end: datetime, by: Member) -> uuid.UUID:
    """Keep [start, end) free of bookings; the new occupancy's id.

    Raises NotAllowed for who is not staff of the lot, InvalidInput for the times, Conflict where part of it is taken.
    """
    _only_staff(spot, by)
    occupancy.use_is_right(start, end)
    occupancy_id = uuid7()
    if not occupancy.take(occupancy_id=occupancy_id, spot_id=spot.pk, start=start, end=end, kind=_KIND):
        raise Conflict("spot_taken", _("Part of that time is booked. Move the booking first, or choose another time."))
    return occupancy_id


def reopen(*, occupancy_id: uuid.UUID, by: Member) -> bool:
    """Bookable again from now on; False if it had ended before."""
    row = Occupancy.objects.select_related("spot").filter(pk=occupancy_id, kind=_KIND).first()
    if row is None:
        raise _not_yours()
    _only_staff(row.spot, by)
    return occupancy.release(occupancy_id=row.pk, at=timezone.now())


def _only_staff(spot: Spot, by: Member) -> None:
    if not LotStaff.objects.filter(lot_id=spot.lot_id, member=by).exists():
        raise _not_yours()


def _not_yours() -> NotAllowed:
    return NotAllowed("not_your_lot", _("Only staff of this lot can do this."))
