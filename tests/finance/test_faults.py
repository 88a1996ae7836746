"""Killed between asking the provider and booking: the next sweep brings both sides together, to the unit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date, timedelta

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from berth.kernel.ids import uuid7
from finance.domain.payments import poll_pending, refund
from finance.domain.payout_runs import approve, prepare
from finance.models import Account, JournalEntry, Payment, Payout, Refund
from finance.providers.registry import provider_named
from finance.queries import trial_balance
from finance.signals import PaymentSucceeded
from tests.finance.cashier_process import ROOT, CashierProcess
from tests.finance.conftest import ask_for_payment, make_member
from tests.finance.earning import owned, owner_with, treasurer

pytestmark = pytest.mark.django_db(transaction=True)


def killed_at(point: str, verb: str, key: object) -> bool:
    """Run a part of the work in a process that dies there; whether it did."""
    database = connection.settings_dict
    login = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
        "DJANGO_SETTINGS_MODULE": "berth.settings",
        "DATABASE_URL": f"postgres://{login}/{database['NAME']}",
        "BERTH_CASHIER_URL": django_settings.CASHIER_URL,
        "BERTH_SANDBOX_MERCHANT_KEY": django_settings.SANDBOX_MERCHANT_KEY,
        "BERTH_SANDBOX_PROVIDER_PUBLIC_KEY": django_settings.SANDBOX_PROVIDER_PUBLIC_KEY,
    }
    command = [sys.executable, "-m", "tests.finance.dying_process", point, verb, str(key)]
    return subprocess.run(command, env=environment, cwd=ROOT, timeout=120).returncode == -signal.SIGKILL


def balances() -> dict[str, int]:
    return dict(Account.objects.values_list("kind", "balance_minor"))


@pytest.mark.parametrize(
    "point",
    [
        "finance.domain.polling.take_status",
        "finance.domain.orders.receive",
        "finance.domain.receipts.post",
        "finance.domain.ledger._insert",
        "finance.domain.receipts.payment_succeeded.send",
    ],
)
def test_sweep_killed_while_booking_a_payment(
    cashier: CashierProcess, events: list[PaymentSucceeded], point: str
) -> None:
    payment = ask_for_payment(make_member())
    cashier.decide(payment.pay_url, "pay_untold")
    assert killed_at(point, "sweep", "-")
    assert not JournalEntry.objects.exists()
    for _time in range(2):
        poll_pending()
    payment.refresh_from_db()
    assert (payment.state, len(events)) == ("succeeded", 1)
    assert (balances(), trial_balance()) == ({"provider_clearing": 1250, "escrow": -1250}, {"CNY": 0})


@pytest.mark.parametrize(
    "point",
    [
        "finance.providers.sandbox.SandboxProvider.refund",
        "finance.domain.refunds._book",
        "finance.domain.refunds.post",
        "finance.domain.ledger._insert",
    ],
)
def test_refund_killed_before_and_after_the_bank_paid_it_back(cashier: CashierProcess, point: str) -> None:
    payment = ask_for_payment(make_member())
    cashier.decide(payment.pay_url, "pay_untold")
    poll_pending()
    promised = refund(payment=payment, reference=f"refund:{payment.pk}", amount_minor=500, reason="")
    assert killed_at(point, "refund", promised.pk)
    assert (Refund.objects.get().state, balances()["escrow"]) == ("requested", -1250)
    for _time in range(2):
        poll_pending()
    assert (Refund.objects.get().state, balances()) == ("succeeded", {"provider_clearing": 750, "escrow": -750})
    rows = provider_named("sandbox").statement(bank_day())
    assert sum(row.amount.minor for row in rows if str(payment.pk) in row.ours) == 750


@pytest.mark.parametrize(
    "point",
    [
        "finance.providers.sandbox.SandboxProvider.transfer",
        "finance.domain.payout_sending._book",
        "finance.domain.payout_sending.post",
        "finance.domain.ledger._insert",
    ],
)
def test_payout_killed_before_and_after_the_bank_sent_it(cashier: CashierProcess, point: str) -> None:
    owner = owner_with(9_000)
    run = prepare(currency="CNY", by=None)
    assert run is not None
    payout = approve(run_id=run.pk, by=treasurer()).payouts.get()
    assert killed_at(point, "payout", payout.pk)
    assert (Payout.objects.get().state, balances()["payout_transit"]) == ("sending", -9_000)
    for _time in range(2):
        poll_pending()
    assert (Payout.objects.get().state, owned(owner), trial_balance()) == ("paid", 0, {"CNY": 0})
    rows = provider_named("sandbox").statement(bank_day())
    assert [row.amount.minor for row in rows if row.ours == str(payout.pk)] == [-9_000]


def bank_day() -> date:
    return (timezone.now() + timedelta(hours=8)).date()


def test_request_killed_after_the_bank_opened_the_order(cashier: CashierProcess) -> None:
    payment = Payment.objects.create(
        provider="sandbox",
        payer=make_member(),
        subject_id=uuid7(),
        title="A-12",
        amount_minor=1250,
        currency="CNY",
        expires_at=timezone.now() + timedelta(minutes=10),
    )
    assert killed_at("finance.models.Payment.save", "request", payment.pk)
    status = provider_named("sandbox").query(payment.pk)
    assert status is not None
    again = ask_for_payment(payment.payer, subject_id=payment.subject_id)
    assert (again.pk, again.pay_url) == (payment.pk, status.pay_url)
    cashier.decide(again.pay_url, "pay_untold")
    poll_pending()
    assert balances() == {"provider_clearing": 1250, "escrow": -1250}
