"""What is locked, in which order (docs/adr/0009): payments of the booking, its lot's server, the booking, and
accounts of the ledger last.

Finance holds the payment when it says that money came; hardware holds the lot server when it tells an event. Both
then reach the booking. Everything that starts here takes the same locks in the same order, so nothing can deadlock.
"""

from __future__ import annotations

import uuid

from django.http import Http404

from finance.models import Payment
from hardware.models import LotServer
from trading.models import Booking

_RELATED = ("lot", "spot", "listing__owner", "renter", "vehicle", "occupancy")


def lock(booking_id: uuid.UUID, *, money: bool = False) -> Booking:
    """The booking with its row locked; with ``money`` its payments as well, for changes that refund or settle.

    Call it first in a transaction. Raises Booking.DoesNotExist.
    """
    lot_id = Booking.objects.values_list("lot_id", flat=True).get(pk=booking_id)
    if money:
        paid = Payment.objects.select_for_update(no_key=True).filter(subject_id=booking_id)
        list(paid.order_by("pk").values_list("pk"))
    list(LotServer.objects.select_for_update(no_key=True).filter(pk=lot_id).values_list("pk"))
    locked = Booking.objects.select_for_update(of=("self",), no_key=True).select_related(*_RELATED)
    return locked.get(pk=booking_id)


def lock_own(booking_id: uuid.UUID, *, renter_id: int, money: bool = False) -> Booking:
    """As ``lock``, for the renter alone. Raises Http404 to anybody else: others learn not even that it exists."""
    if not Booking.objects.filter(pk=booking_id, renter_id=renter_id).exists():
        raise Http404
    return lock(booking_id, money=money)
