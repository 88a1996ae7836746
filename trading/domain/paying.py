"""From held to confirmed: the price is asked for, and the payment confirms the booking, however late it comes."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from berth.kernel.errors import Conflict
from berth.kernel.money import Money
from finance.domain import payments
from finance.models import Payment
from lots.models import Occupancy
from members.models import Member
from trading.domain import holds, locking
from trading.models import Booking, BookingState

MARGIN = timedelta(seconds=60)
"""The hold outlives the time at the cashier by this, so that a payment of the last second still finds its spot."""


def pay(*, booking_id: uuid.UUID, renter: Member) -> Payment:
    """Ask the provider for the price; the payment's ``pay_url`` is where the renter goes. Again: the same payment.

    The hold is extended to cover the time at the cashier, up to twice ``Lot.hold_minutes`` after booking. Raises
    Conflict ``hold_expired`` or ``already_paid``.
    """
    with transaction.atomic():
        booking = locking.lock_own(booking_id, renter_id=renter.pk)
        deadline = _extend_hold(booking, timezone.now())
        holds.publish(booking)
    # The provider is asked outside the lock: it may take seconds. Should the hold end meanwhile, a late payment takes
    # the spot again or is paid back.
    return payments.request_payment(
        payer=booking.renter,
        subject_id=booking.pk,
        title=_("Parking %(lot)s %(spot)s") % {"lot": booking.lot.name, "spot": booking.spot.code},
        amount=Money(booking.amount_minor, booking.currency),
        return_url=f"{settings.PUBLIC_URL}{reverse('booking', args=[booking.pk])}",
        expires_at=deadline,
    )


def _extend_hold(booking: Booking, now: datetime) -> datetime:
    """Until when the payment may come in."""
    if booking.state in (BookingState.EXPIRED, BookingState.CANCELLED):
        raise Conflict("hold_expired", gettext_lazy("The time to pay is over. The spot is free again: book it anew."))
    if booking.state != BookingState.HELD:
        raise Conflict("already_paid", gettext_lazy("This booking is paid already."))
    period = timedelta(minutes=booking.lot.hold_minutes)
    deadline = max(min(now + period, booking.created_at + 2 * period), now)
    held = Occupancy.objects.filter(pk=booking.occupancy_id, kind=Occupancy.Kind.HOLD, state=Occupancy.State.LIVE)
    held.filter(expires_at__lt=deadline + MARGIN).update(expires_at=deadline + MARGIN)
    return deadline
