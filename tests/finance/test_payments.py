"""Orders at the bank's real process: opened, paid, closed, found again by the sweep."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import TestCase
from django.utils import timezone, translation
from pytest_django.fixtures import Settings

from berth.kernel.errors import Conflict, InvalidInput
from berth.kernel.ids import uuid7
from berth.kernel.money import Money
from finance.domain import orders
from finance.domain.payments import ProviderAway, close_payment, poll_pending
from finance.models import JournalEntry, Payment
from finance.providers.base import ProviderError
from finance.providers.registry import provider_named
from finance.signals import PaymentSucceeded
from members.models import Member
from tests.finance.cashier_process import CashierProcess
from tests.finance.conftest import ask_for_payment

pytestmark = pytest.mark.django_db


def state_of(payment: Payment) -> str:
    payment.refresh_from_db()
    return payment.state


@pytest.fixture
def no_bank(settings: Settings) -> Iterator[None]:
    """An address where nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.CASHIER_URL = f"http://127.0.0.1:{taken.getsockname()[1]}"
        yield


def test_request_opens_an_order_with_a_page_to_pay_at(cashier: CashierProcess, renter: Member) -> None:
    payment = ask_for_payment(renter)
    assert payment.pay_url.startswith(f"{cashier.url}/pay/")
    assert (payment.state, payment.provider, payment.provider_reference[:2]) == ("created", "sandbox", "SB")
    status = provider_named("sandbox").query(payment.pk)
    assert status is not None
    assert (status.state, status.amount, status.number) == ("open", Money(1250, "CNY"), payment.provider_reference)


def test_cashier_page_is_asked_for_in_the_payers_language(cashier: CashierProcess, renter: Member) -> None:
    with translation.override("en"):
        assert ask_for_payment(renter).pay_url.endswith("?lang=en")
    with translation.override("zh-hans"):
        assert ask_for_payment(renter).pay_url.endswith("?lang=zh")


def test_request_repeated_is_the_same_payment(cashier: CashierProcess, renter: Member) -> None:
    payment = ask_for_payment(renter)
    again = ask_for_payment(renter, subject_id=payment.subject_id)
    assert (again.pk, again.pay_url, Payment.objects.count()) == (payment.pk, payment.pay_url, 1)


def test_request_of_another_amount_while_one_is_open_is_refused(cashier: CashierProcess, renter: Member) -> None:
    payment = ask_for_payment(renter)
    with pytest.raises(Conflict) as refused:
        ask_for_payment(renter, amount=1, subject_id=payment.subject_id)
    assert refused.value.code == "payment_open"


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("payment_amount", {"amount": 0}),
        ("payment_amount", {"amount": -5}),
        ("payment_expired", {"expires_at": timezone.now()}),
    ],
)
def test_request_that_makes_no_sense_is_refused(
    cashier: CashierProcess, renter: Member, code: str, fields: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask_for_payment(renter, **fields)  # type: ignore[arg-type]
    assert (refused.value.code, Payment.objects.count()) == (code, 0)


def test_request_while_the_bank_is_away_can_be_repeated(
    no_bank: None, renter: Member, settings: Settings, request: pytest.FixtureRequest
) -> None:
    subject_id = uuid7()
    with pytest.raises(ProviderAway) as refused:
        ask_for_payment(renter, subject_id=subject_id)
    assert (refused.value.status, refused.value.code) == (503, "provider_away")
    request.getfixturevalue("cashier")
    payment = ask_for_payment(renter, subject_id=subject_id)
    assert (payment.pay_url[:4], Payment.objects.count()) == ("http", 1)


def test_paid_subject_is_not_paid_again(cashier: CashierProcess, renter: Member) -> None:
    payment = ask_for_payment(renter)
    cashier.decide(payment.pay_url, "pay_untold")
    poll_pending()
    with pytest.raises(Conflict) as refused:
        ask_for_payment(renter, subject_id=payment.subject_id)
    assert refused.value.code == "already_paid"


def test_expired_order_makes_room_for_a_new_one(cashier: CashierProcess, renter: Member) -> None:
    first = ask_for_payment(renter)
    Payment.objects.filter(pk=first.pk).update(expires_at=timezone.now())
    second = ask_for_payment(renter, subject_id=first.subject_id)
    assert (state_of(first), second.state, first.pk == second.pk) == ("closed", "created", False)


def test_expired_order_that_was_paid_is_found_before_a_new_one_is_made(cashier: CashierProcess, renter: Member) -> None:
    first = ask_for_payment(renter)
    cashier.decide(first.pay_url, "pay_untold")
    Payment.objects.filter(pk=first.pk).update(expires_at=timezone.now())
    with pytest.raises(Conflict) as refused:
        ask_for_payment(renter, subject_id=first.subject_id)
    assert (refused.value.code, state_of(first)) == ("already_paid", "succeeded")


def test_sweep_finds_a_lost_notification(
    cashier: CashierProcess, renter: Member, events: list[PaymentSucceeded]
) -> None:
    payment = ask_for_payment(renter)
    assert cashier.decide(payment.pay_url, "pay_untold").status_code == 303
    for _time in range(3):
        poll_pending()
    assert (state_of(payment), len(events)) == ("succeeded", 1)
    assert JournalEntry.objects.get().reference == f"charge:{payment.pk}"


def test_sweep_leaves_an_open_order_alone(cashier: CashierProcess, renter: Member) -> None:
    payment = ask_for_payment(renter)
    result = poll_pending()
    assert (result.done, result.failed, state_of(payment)) == (1, 0, "created")


def test_sweep_closes_an_expired_order(cashier: CashierProcess, renter: Member) -> None:
    payment = ask_for_payment(renter)
    Payment.objects.filter(pk=payment.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    poll_pending()
    assert state_of(payment) == "closed"
    assert cashier.decide(payment.pay_url, "pay").status_code == 409
    assert not JournalEntry.objects.exists()


def test_sweep_closes_a_payment_that_the_bank_never_heard_of(cashier: CashierProcess, renter: Member) -> None:
    payment = Payment.objects.create(
        provider="sandbox",
        payer=renter,
        subject_id=uuid7(),
        title="A-12",
        amount_minor=5,
        currency="CNY",
        expires_at=timezone.now() + timedelta(minutes=1),
    )
    poll_pending()
    assert state_of(payment) == "created"
    Payment.objects.filter(pk=payment.pk).update(expires_at=timezone.now())
    poll_pending()
    assert state_of(payment) == "closed"


def test_sweep_goes_on_while_the_bank_is_away_and_after(
    cashier: CashierProcess, renter: Member, settings: Settings
) -> None:
    payments = [ask_for_payment(renter) for _ in range(3)]
    for payment in payments:
        cashier.decide(payment.pay_url, "pay_untold")
    settings.CASHIER_URL = "http://127.0.0.1:9"
    assert poll_pending().failed == 3
    settings.CASHIER_URL = cashier.url
    assert poll_pending().done == 3
    assert {state_of(payment) for payment in payments} == {"succeeded"}


def test_close_lets_nobody_pay_any_more(cashier: CashierProcess, renter: Member) -> None:
    payment = ask_for_payment(renter)
    orders.close_now(subject_id=payment.subject_id)
    assert (state_of(payment), cashier.decide(payment.pay_url, "pay").status_code) == ("closed", 409)


def test_close_of_what_somebody_just_paid_books_the_money(
    cashier: CashierProcess, renter: Member, events: list[PaymentSucceeded]
) -> None:
    payment = ask_for_payment(renter)
    cashier.decide(payment.pay_url, "pay_untold")
    orders.close_now(subject_id=payment.subject_id)
    assert (state_of(payment), len(events)) == ("succeeded", 1)


def test_close_is_sent_when_the_caller_commits(cashier: CashierProcess, renter: Member) -> None:
    payment = ask_for_payment(renter)
    with TestCase.captureOnCommitCallbacks() as callbacks:
        close_payment(subject_id=payment.subject_id)
    assert len(callbacks) == 1
    assert state_of(payment) == "created"


def test_money_that_comes_late_and_untold_is_found(
    cashier: CashierProcess, renter: Member, events: list[PaymentSucceeded]
) -> None:
    payment = ask_for_payment(renter)
    cashier.decide(payment.pay_url, "pay_untold")
    Payment.objects.filter(pk=payment.pk).update(state=Payment.State.CLOSED)
    poll_pending()
    assert (state_of(payment), len(events)) == ("succeeded", 1)


def test_closed_payments_are_not_asked_about_all_the_time(cashier: CashierProcess, renter: Member) -> None:
    payment = ask_for_payment(renter)
    orders.close_now(subject_id=payment.subject_id)
    assert [poll_pending().done for _time in range(3)] == [1, 0, 0]
    with time_machine.travel(timezone.now() + timedelta(minutes=4), tick=True):
        assert poll_pending().done == 0
    Payment.objects.filter(pk=payment.pk).update(checked_at=timezone.now() - timedelta(minutes=11))
    assert poll_pending().done == 1
    Payment.objects.filter(pk=payment.pk).update(expires_at=timezone.now() - timedelta(days=2), checked_at=None)
    assert poll_pending().done == 0


def test_answer_that_the_bank_did_not_sign_is_not_believed(
    cashier: CashierProcess, renter: Member, settings: Settings
) -> None:
    payment = ask_for_payment(renter)
    cashier.decide(payment.pay_url, "pay_untold")
    settings.SANDBOX_PROVIDER_PUBLIC_KEY = "A" * 43 + "="
    with pytest.raises(ProviderError, match="not signed"):
        provider_named("sandbox").query(payment.pk)
    assert (poll_pending().failed, state_of(payment)) == (1, "created")


def test_another_sum_at_the_bank_is_not_booked(
    cashier: CashierProcess, renter: Member, caplog: pytest.LogCaptureFixture
) -> None:
    payment = ask_for_payment(renter)
    cashier.decide(payment.pay_url, "pay_untold")
    Payment.objects.filter(pk=payment.pk).update(amount_minor=1)
    poll_pending()
    assert (state_of(payment), JournalEntry.objects.count()) == ("created", 0)
    assert "not booked" in caplog.text
