"""A process that is killed at one point of its work: ``dying_process.py <point> <verb> <id>``.

The point is a function's dotted name; its first call ends the process at once, as ``kill -9`` or a power cut does.
"""

from __future__ import annotations

import os
import signal
import sys
import uuid
from pkgutil import resolve_name

import django


def die_at(point: str) -> None:
    """Replace the function by one that kills this process."""
    holder, _, name = point.rpartition(".")

    def die(*_args: object, **_kwargs: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(resolve_name(holder), name, die)


def main() -> None:
    point, verb, key = sys.argv[1:]
    django.setup()
    from finance.domain import orders, payout_sending, polling, refunds
    from finance.models import Payment

    die_at(point)
    if verb == "sweep":
        polling.poll_pending()
    elif verb == "refund":
        refunds.send_refund(refund_id=uuid.UUID(key))
    elif verb == "payout":
        payout_sending.send_payout(payout_id=uuid.UUID(key))
    elif verb == "request":
        payment = Payment.objects.get(pk=key)
        orders.request_payment(
            payer=payment.payer,
            subject_id=payment.subject_id,
            title=payment.title,
            amount=orders.Money(payment.amount_minor, payment.currency),
            return_url="http://127.0.0.1/",
            expires_at=payment.expires_at,
        )


if __name__ == "__main__":
    main()
