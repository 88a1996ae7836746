"""What finance tells the layers above, inside the transaction that did it; receivers are idempotent."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.dispatch import Signal


@dataclass(frozen=True, slots=True)
class PaymentSucceeded:
    payment_id: uuid.UUID
    subject_id: uuid.UUID
    amount_minor: int
    currency: str
    paid_at: datetime


payment_succeeded = Signal()
"""event: PaymentSucceeded. The charge is in escrow."""
