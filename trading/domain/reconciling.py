"""Bookings against the ledger: what is held for each is what its state says should be held (leap 13)."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, Sum

from finance.models import Account, JournalEntry, Leg, Refund
from finance.signals import HeldOtherwise
from trading.models import Booking, BookingState

PAID_AND_OPEN = (BookingState.CONFIRMED, BookingState.ACTIVE)
BATCH = 1000


def compare(*, begin: datetime) -> list[HeldOtherwise]:
    """Bookings that are open, or whose money moved since ``begin``, for which escrow holds another sum.

    An open booking holds its price, any other nothing but what is on its way back to the payer.
    """
    moved = JournalEntry.objects.filter(posted_at__gte=begin, subject_id__isnull=False).values("subject_id")
    wanted = Booking.objects.filter(Q(state__in=PAID_AND_OPEN) | Q(pk__in=moved)).order_by("pk")
    strays: list[HeldOtherwise] = []
    batch: list[Booking] = []
    for booking in wanted.only("pk", "state", "amount_minor", "currency").iterator(BATCH):
        batch.append(booking)
        if len(batch) == BATCH:
            strays += _strays(batch)
            batch = []
    return strays + _strays(batch)


def _strays(batch: Iterable[Booking]) -> list[HeldOtherwise]:
    held = _held([booking.pk for booking in batch])
    expected = {booking.pk: booking.amount_minor if booking.state in PAID_AND_OPEN else 0 for booking in batch}
    return [
        HeldOtherwise(booking.pk, booking.currency, held[booking.pk], expected[booking.pk])
        for booking in batch
        if held[booking.pk] != expected[booking.pk]
    ]


def _held(keys: list[uuid.UUID]) -> Counter[uuid.UUID]:
    """Booking → minor units in escrow that nobody was promised back."""
    legs = Leg.objects.filter(entry__subject_id__in=keys, account__kind=Account.Kind.ESCROW)
    held: Counter[uuid.UUID] = Counter()
    for key, total in legs.values_list("entry__subject_id").annotate(sum=Sum("amount_minor")):
        held[key] -= total
    promised = Refund.promised().filter(payment__subject_id__in=keys)
    for key, total in promised.values_list("payment__subject_id").annotate(sum=Sum("amount_minor")):
        held[key] -= total
    return held
