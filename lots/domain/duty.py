"""People at a lot's desk: their PIN for the booth page."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from berth.kernel import pins
from berth.kernel.errors import InvalidInput, NotAllowed
from lots.models import Lot, LotStaff
from members.models import Member


@transaction.atomic
def set_pin(*, lot: Lot, by: Member, pin: str) -> LotStaff:
    """One's own PIN for the booth page of a lot at which one works. Raises NotAllowed or InvalidInput."""
    staff = LotStaff.objects.select_for_update().filter(lot=lot, member=by).first()
    if staff is None:
        raise NotAllowed("pin_staff", _("Only staff of this lot may do that."))
    if not pins.is_good(pin):
        message = _("Six to twelve digits, not all alike and no run such as 123456.")
        raise InvalidInput("pin", message, fields={"pin": message})
    staff.pin = pins.hash_pin(pin)
    staff.save(update_fields=["pin"])
    return staff
