"""Each side is changed behind the other's back, and a case says so; what is mended is no case tomorrow."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.utils import timezone

from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from finance.domain import reconciling
from finance.domain.payments import poll_pending, refund
from finance.domain.payout_runs import approve, prepare
from finance.models import Difference, Payment, Reconciliation
from finance.tasks import reconcile_yesterday
from members.models import Member
from tests.finance.cashier_process import CashierProcess
from tests.finance.conftest import ask_for_payment, make_member
from tests.finance.earning import owner_with, treasurer

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(cashier: CashierProcess) -> CashierProcess:
    """A bank whose other customers' rows are forgotten, so that its statement is this test's."""
    with closing(sqlite3.connect(cashier.store)) as db:
        db.executescript("DELETE FROM refunds; DELETE FROM transfers; DELETE FROM notifications; DELETE FROM orders;")
    return cashier


def today() -> date:
    return (timezone.now() + timedelta(hours=8)).date()


def compared() -> Reconciliation:
    return reconciling.reconcile(provider="sandbox", day=today())


def paid(bank: CashierProcess) -> Payment:
    payment = ask_for_payment(make_member())
    bank.decide(payment.pay_url, "pay_untold")
    poll_pending()
    return payment


def bank_sql(bank: CashierProcess, statement: str) -> None:
    with closing(sqlite3.connect(bank.store)) as db:
        db.execute(statement)
        db.commit()


def cases() -> list[tuple[str, int, int]]:
    found = Difference.objects.filter(resolved_at=None)
    return sorted((case.kind, case.theirs_minor, case.ours_minor) for case in found)


def accountant() -> Member:
    member = make_member("会计")
    member.user_permissions.set(Permission.objects.filter(codename="close_reconciliation"))
    return member


def test_a_day_of_payments_refunds_and_payouts_agrees(bank: CashierProcess) -> None:
    payment = paid(bank)
    refund(payment=payment, reference="r1", amount_minor=250, reason="")
    owner_with(9_000)
    run = prepare(currency="CNY", by=None)
    assert run is not None
    approve(run_id=run.pk, by=treasurer())
    poll_pending()
    day = compared()
    assert (day.rows, day.theirs, day.ours, cases()) == (3, {"CNY": -8_000}, {"CNY": -8_000}, [])


def test_a_payment_that_only_the_bank_knows(bank: CashierProcess) -> None:
    payment = ask_for_payment(make_member())
    bank.decide(payment.pay_url, "pay_untold")
    compared()
    assert cases() == [("not_booked", 1250, 0)]
    Payment.objects.filter(pk=payment.pk).delete()
    compared()
    assert cases() == [("unknown_here", 1250, 0)]


def test_a_payment_that_the_bank_has_not_or_has_otherwise(bank: CashierProcess) -> None:
    paid(bank)
    bank_sql(bank, "UPDATE orders SET amount_minor = 1000")
    compared()
    assert cases() == [("amount", 1000, 1250)]
    bank_sql(bank, "DELETE FROM orders")
    compared()
    assert cases() == [("missing_there", 0, 1250)]


def test_a_payment_that_the_ledger_has_not(bank: CashierProcess) -> None:
    payment = ask_for_payment(make_member())
    bank.decide(payment.pay_url, "pay_untold")
    Payment.objects.update(state="succeeded", succeeded_at=timezone.now())
    compared()
    assert cases() == [("ledger", 0, 1250)]


def test_books_that_do_not_balance(bank: CashierProcess) -> None:
    paid(bank)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE finance_account DISABLE TRIGGER account_guarded")
        cursor.execute("UPDATE finance_account SET balance_minor = balance_minor + 5 WHERE kind = 'escrow'")
    compared()
    assert cases() == [("books", -1250, -1245), ("books", 0, 5)]


def test_a_case_is_opened_once_and_gone_when_it_is_mended(bank: CashierProcess) -> None:
    payment = ask_for_payment(make_member())
    bank.decide(payment.pay_url, "pay_untold")
    for _time in range(3):
        compared()
    assert Difference.objects.count() == 1
    poll_pending()
    compared()
    assert (cases(), Payment.objects.get(pk=payment.pk).state) == ([], "succeeded")


def test_cases_are_somebodys_before_the_day_is_closed(bank: CashierProcess) -> None:
    paid(bank)
    bank_sql(bank, "DELETE FROM orders")
    day, me = compared(), accountant()
    case = Difference.objects.get()
    with pytest.raises(Conflict, match="cases_of_nobody"):
        reconciling.close_day(reconciliation_id=day.pk, by=me)
    reconciling.assign(case_id=case.pk, to=me, by=me)
    for _twice in range(2):
        assert reconciling.close_day(reconciliation_id=day.pk, by=me).closed_by == me
    with pytest.raises(InvalidInput, match="note_missing"):
        reconciling.resolve(case_id=case.pk, note=" ", by=me)
    assert reconciling.resolve(case_id=case.pk, note="The bank had lost it.", by=me).resolved_at
    with pytest.raises(Conflict, match="case_resolved"):
        reconciling.assign(case_id=case.pk, to=me, by=me)


def test_strangers_do_not_touch_cases(bank: CashierProcess) -> None:
    paid(bank)
    bank_sql(bank, "DELETE FROM orders")
    day, stranger, case = compared(), make_member(), Difference.objects.get()
    with pytest.raises(NotAllowed):
        reconciling.close_day(reconciliation_id=day.pk, by=stranger)
    with pytest.raises(NotAllowed):
        reconciling.resolve(case_id=case.pk, note="x", by=stranger)


def test_the_daily_task_compares_yesterday(bank: CashierProcess) -> None:
    for _twice in range(2):
        reconcile_yesterday()
    assert Reconciliation.objects.get().day == today() - timedelta(days=1)
