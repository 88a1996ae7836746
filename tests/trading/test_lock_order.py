"""A payment and an exit at one lot at one moment: both need the lot server's row and the escrow account."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, transaction
from django.utils import timezone

from finance.domain.receipts import receive
from finance.models import Account, Payment
from hardware.models import LotServer
from tests.trading.making import make_confirmed, make_hold, make_payment
from trading.domain import settling
from trading.models import Booking, BookingState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


def test_payment_waits_for_the_lot_before_it_touches_the_ledger() -> None:
    leaving = make_confirmed()
    paying = make_hold(leaving.spot, start=leaving.end)
    payment = make_payment(paying)
    failures: list[Exception] = []

    def pays() -> None:
        try:
            receive(payment_id=payment.pk, number="n-1", paid_at=timezone.now())
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=pays)
    with transaction.atomic():
        LotServer.objects.select_for_update().get(pk=leaving.lot_id)
        thread.start()
        until = time.monotonic() + 10
        while not waits_for_a_lock() and time.monotonic() < until:
            pass  # each look is a query
        settling.settle_in_full(leaving)
    thread.join()
    assert failures == []
    assert Booking.objects.get(pk=paying.pk).state == BookingState.CONFIRMED
    assert Payment.objects.get(pk=payment.pk).state == "succeeded"
    assert -Account.objects.get(kind="escrow").balance_minor == paying.amount_minor
