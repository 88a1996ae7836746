"""Phone as key: the renter opens the own lock from the booking's page, by the same authorisation as the card."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import Conflict
from hardware.domain import commands
from hardware.models import Grant, LockCommand, SpotLock
from members.models import Member
from trading.domain import locking
from trading.models import Booking, BookingState

UNDER_WAY = timedelta(seconds=60)
"""So long a lock may take; a second tap meanwhile is the same wish."""
Position = SpotLock.Position


@transaction.atomic
def open_lock(*, booking_id: uuid.UUID, renter: Member) -> LockCommand:
    """Order the lock opened. The lot's grant decides, here and again at the lot; a repeat gives the order under way.

    Raises Http404 to everybody else, Conflict where there is no lock or no live grant, NotReady.
    """
    booking = locking.lock_own(booking_id, renter_id=renter.pk)
    grant = live_grant(booking)
    if grant is None or not hasattr(booking.spot, "lock"):
        raise Conflict("no_key", _("Your booking does not open the lock at this time."))
    return _under_way(grant) or commands.order(
        kind=LockCommand.Kind.UNLOCK, lot=booking.lot, spot=booking.spot, by=renter, grant=grant
    )


def live_grant(booking: Booking) -> Grant | None:
    """The booking's grant while it opens the lock: its car is in, and its time is running."""
    if booking.state != BookingState.ACTIVE:
        return None
    now = timezone.now()
    mine = Grant.objects.filter(subject_id=booking.pk, spot_id=booking.spot_id, state=Grant.State.ACTIVE)
    return mine.filter(valid_from__lte=now, valid_until__gt=now).first()


def may_open(booking: Booking, lock: SpotLock | None) -> bool:
    """Whether the page offers it: not where the lock is down already, nor where nothing would move."""
    if lock is None or lock.acknowledged in (Position.LOWERED, Position.OFFLINE) or lock.vehicle_present:
        return False
    return live_grant(booking) is not None


def last_order(booking: Booking) -> LockCommand | None:
    """The renter's last tap, while it is worth showing."""
    since = timezone.now() - 2 * UNDER_WAY
    taps = LockCommand.objects.filter(grant__subject_id=booking.pk, requested_by_id=booking.renter_id)
    return taps.filter(requested_at__gt=since).order_by("-requested_at").first()


def _under_way(grant: Grant) -> LockCommand | None:
    since = timezone.now() - UNDER_WAY
    sent = LockCommand.objects.filter(grant=grant, kind=LockCommand.Kind.UNLOCK, state=LockCommand.State.SENT)
    return sent.filter(requested_at__gt=since).order_by("-requested_at").first()
