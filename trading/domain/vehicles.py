"""Which car comes: may be said and changed until it has entered."""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import Conflict
from members.models import Member, Vehicle
from trading.domain import access, holds, locking, timeline
from trading.models import Booking, BookingState, Evidence, Stay

_CHANGEABLE = frozenset({BookingState.HELD, BookingState.CONFIRMED})


def set_vehicle(*, booking_id: uuid.UUID, renter: Member, vehicle: Vehicle) -> Booking:
    """Say which car comes; a confirmed booking's grant follows at once. The same car again changes nothing.

    Raises InvalidInput for a car that is not the renter's, Conflict once the car is in or the booking is over, or while
    the car has another booking at the time.
    """
    holds.check_vehicle(renter, vehicle)
    with transaction.atomic():
        booking = locking.lock_own(booking_id, renter_id=renter.pk)
        if booking.vehicle_id == vehicle.pk:
            return booking
        if booking.state not in _CHANGEABLE or Stay.objects.filter(booking=booking).exists():
            raise Conflict("plate_fixed", _("The plate can be changed until the car is in. This booking is past that."))
        booking.vehicle = vehicle
        try:
            with transaction.atomic():
                booking.save(update_fields=["vehicle"])
        except IntegrityError as error:
            raise holds.vehicle_busy(vehicle) from error
        timeline.append(
            booking=booking,
            kind=Evidence.Kind.PLATE_SET,
            occurred_at=timezone.now(),
            payload={"plate": vehicle.plate},
        )
        access.give(booking)
        holds.publish(booking)
    return booking
