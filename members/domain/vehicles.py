"""A member's vehicles."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import Conflict, InvalidInput, NotAllowed, Text
from berth.kernel.plates import PlateError, PlateKind, parse
from members.models import Member, Vehicle

MAX_VEHICLES = 10

REASONS = {
    "empty": _("Enter the plate, for example 粤B12345."),
    "province": _(
        "A plate starts with the character of its province, for example 粤 or 京. Foreign plates cannot be used."
    ),
    "office": _("The second character is a letter from A to Z, never I or O: 粤B12345."),
    "length": _("A plate has 7 characters, a new-energy plate 8. Check that none is missing or too many."),
    "characters": _("After the province come letters and digits only, without I and O: they are 1 and 0."),
}
"""What PlateError.reason means to a person, and how to mend it."""


def add_vehicle(*, member: Member, plate: str, nickname: str = "", large: bool = False) -> Vehicle:
    """Add a car to the member's list; ``large`` marks a yellow plate, which the text alone does not tell.

    A plate may belong to several members (a family shares a car). Raises InvalidInput beside ``plate``; Conflict where
    it is already in the list or the list is full.
    """
    normalised, kind = read_plate(plate, large=large)
    with transaction.atomic():
        Member.objects.select_for_update().only("pk").get(pk=member.pk)
        if member.vehicles.filter(removed_at=None).count() >= MAX_VEHICLES:
            raise _conflict(
                "too_many_vehicles",
                _("You have %(count)s vehicles already. Remove one first.") % {"count": MAX_VEHICLES},
            )
        try:
            with transaction.atomic():
                return member.vehicles.create(plate=normalised, plate_kind=kind, nickname=nickname.strip()[:40])
        except IntegrityError:
            raise _conflict("vehicle_exists", _("This plate is already in your list.")) from None


def read_plate(text: str, *, large: bool = False) -> tuple[str, str]:
    """The normalised plate and its kind; raises InvalidInput that says what is wrong with it, beside ``plate``."""
    try:
        plate, kind = parse(text)
    except PlateError as error:
        message = REASONS[error.reason]
        raise InvalidInput(f"plate_{error.reason}", message, fields={"plate": message}) from None
    return plate, PlateKind.YELLOW if large and kind is PlateKind.BLUE else kind


def remove_vehicle(*, member: Member, vehicle: Vehicle) -> None:
    """Take a car off the list; bookings keep it. Removing it twice changes nothing."""
    if vehicle.member_id != member.pk:
        raise NotAllowed("not_your_vehicle", _("This vehicle belongs to someone else."))
    Vehicle.objects.filter(pk=vehicle.pk, removed_at=None).update(removed_at=timezone.now())


def _conflict(code: str, message: Text) -> Conflict:
    return Conflict(code, message, fields={"plate": message})
