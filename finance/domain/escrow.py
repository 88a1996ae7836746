"""What is held for a subject (a booking) between its payment and its settlement or refund."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import Conflict
from finance.models import Account, Leg, Payment, Refund, Reservation


def held_for(subject_id: uuid.UUID, currency: str) -> int:
    """Minor units in escrow for the subject that nobody has asked back and nothing keeps back.

    Locks the subject's payments, which every charge, refund and settlement does first: the answer holds until the
    transaction ends.
    """
    with transaction.atomic():
        paid = Payment.objects.filter(subject_id=subject_id, state=Payment.State.SUCCEEDED)
        list(paid.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    legs = Leg.objects.filter(
        entry__subject_id=subject_id, account__kind=Account.Kind.ESCROW, account__currency=currency
    )
    asked_back = Refund.promised().filter(payment__subject_id=subject_id, payment__currency=currency)
    kept = Reservation.objects.filter(
        subject_id=subject_id, account__currency=currency, state=Reservation.State.PENDING
    )
    balance: int = legs.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    promised: int = asked_back.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    kept_back: int = kept.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return -balance - promised - kept_back


def not_held() -> Conflict:
    """The refusal that keeps money from being made."""
    return Conflict("escrow_insufficient", _("Less money is held for this booking than was asked for."))
