"""The whole way over real HTTP: our provider, the bank's process, its notification to our own web server."""

from __future__ import annotations

from queue import Queue
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from finance.domain import orders
from finance.domain.payments import poll_pending, refund
from finance.models import Account, JournalEntry, Payment, PaymentNotification
from finance.queries import trial_balance
from finance.signals import PaymentSucceeded
from tests.finance.cashier_process import CashierProcess
from tests.finance.conftest import ask_for_payment, make_member

pytestmark = pytest.mark.django_db(transaction=True)
Recorded = Queue[PaymentNotification]


@pytest.fixture
def payment(live_server: Any, settings: Settings, cashier: CashierProcess) -> Payment:
    """Open at the bank, which tells our live server."""
    settings.PUBLIC_URL = live_server.url
    return ask_for_payment(make_member("陈静"), return_url=f"{live_server.url}/bookings/")


def balances() -> dict[str, int]:
    return dict(Account.objects.values_list("kind", "balance_minor"))


def outcome(notifications: Recorded) -> str:
    return notifications.get(timeout=30).outcome


def test_paid_at_the_cashier_is_booked_here(
    payment: Payment, cashier: CashierProcess, notifications: Recorded, live_server: Any
) -> None:
    back = cashier.decide(payment.pay_url, "pay")
    assert back.headers["Location"] == f"{live_server.url}/bookings/"
    assert outcome(notifications) == "applied"
    payment.refresh_from_db()
    assert (payment.state, balances()) == ("succeeded", {"provider_clearing": 1250, "escrow": -1250})


def test_told_twice_is_booked_once(
    payment: Payment, cashier: CashierProcess, notifications: Recorded, events: list[PaymentSucceeded]
) -> None:
    cashier.decide(payment.pay_url, "pay_told_twice")
    assert [outcome(notifications), outcome(notifications)] == ["applied", "repeated"]
    assert (JournalEntry.objects.count(), len(events)) == (1, 1)


def test_found_by_asking_and_told_afterwards_is_booked_once(
    payment: Payment, cashier: CashierProcess, notifications: Recorded, events: list[PaymentSucceeded]
) -> None:
    cashier.decide(payment.pay_url, "pay_untold")
    poll_pending()
    assert (notifications.empty(), len(events)) == (True, 1)
    payment.refresh_from_db()
    assert payment.state == "succeeded"


def test_late_money_is_booked_and_can_go_back(
    payment: Payment, cashier: CashierProcess, notifications: Recorded, events: list[PaymentSucceeded]
) -> None:
    cashier.decide(payment.pay_url, "pay_late")
    orders.close_now(subject_id=payment.subject_id)
    payment.refresh_from_db()
    assert payment.state == "closed"
    assert (outcome(notifications), len(events)) == ("applied", 1)
    refund(payment=payment, reference=f"refund:{payment.pk}", amount_minor=1250, reason="payment without a spot")
    poll_pending()
    assert (balances(), trial_balance()) == ({"provider_clearing": 0, "escrow": 0}, {"CNY": 0})
