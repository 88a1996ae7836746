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


@dataclass(frozen=True, slots=True)
class BooksCompared:
    """The books of a day are being compared with what the layers above know."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class HeldOtherwise:
    """For this subject the ledger holds another sum in escrow than it should. Minor units."""

    subject_id: uuid.UUID
    currency: str
    held_minor: int
    expected_minor: int


payment_arriving = Signal()
"""subject_id: UUID. Before any account of the ledger is touched: who will need locks on payment_succeeded takes them
now. Whoever settles holds such a lock and then wants the accounts; taken the other way round the two would deadlock."""
payment_succeeded = Signal()
"""event: PaymentSucceeded. The charge is in escrow."""

books_compared = Signal()
"""event: BooksCompared. Receivers return a sequence of HeldOtherwise."""
