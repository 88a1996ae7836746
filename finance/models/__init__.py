"""Money: the double-entry ledger and what comes from and goes to payment providers.

Amounts are integer minor units. In the ledger a leg is signed: debit positive, credit negative; the legs of an entry
sum to zero (deferred constraint trigger), and neither entries nor legs are ever changed or deleted (trigger).
"""

from finance.models.ledger import Account, JournalEntry, Leg
from finance.models.payment import Payment, PaymentNotification, Refund
from finance.models.payout import Payout, PayoutDestination, PayoutHold, PayoutRun
from finance.models.pending import Reservation
from finance.models.reconciliation import Difference, Reconciliation

__all__ = [
    "Account",
    "Difference",
    "JournalEntry",
    "Leg",
    "Payment",
    "PaymentNotification",
    "Payout",
    "PayoutDestination",
    "PayoutHold",
    "PayoutRun",
    "Reconciliation",
    "Refund",
    "Reservation",
]
