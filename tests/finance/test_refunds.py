"""Refunds: promised once, paid back once, booked once."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import TestCase
from pytest_django.fixtures import Settings

from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from berth.kernel.money import Money
from finance.domain.escrow import held_for
from finance.domain.payments import poll_pending, refund
from finance.domain.refunds import send_again, send_refund
from finance.domain.settlement import settle
from finance.models import Account, JournalEntry, Payment, Refund
from finance.providers.base import ProviderError, RefundRequest
from finance.providers.registry import provider_named
from finance.queries import trial_balance
from lots.models import Lot
from members.models import Member
from tests.finance.cashier_process import CashierProcess
from tests.finance.conftest import ask_for_payment, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(cashier: CashierProcess, renter: Member) -> Payment:
    payment = ask_for_payment(renter)
    cashier.decide(payment.pay_url, "pay_untold")
    poll_pending()
    payment.refresh_from_db()
    return payment


def balances() -> dict[str, int]:
    return dict(Account.objects.values_list("kind", "balance_minor"))


def test_refund_goes_back_and_is_booked(paid: Payment) -> None:
    promised = refund(payment=paid, reference=f"refund:{paid.pk}:1", amount_minor=500, reason="cancelled")
    assert (promised.state, held_for(paid.subject_id, "CNY")) == ("requested", 750)
    poll_pending()
    promised.refresh_from_db()
    assert (promised.state, promised.attempts) == ("succeeded", 1)
    assert balances() == {"provider_clearing": 750, "escrow": -750}
    entry = JournalEntry.objects.get(kind="refund")
    assert (entry.subject_id, entry.memo) == (paid.subject_id, "cancelled")


def test_refund_is_sent_when_the_caller_commits(paid: Payment) -> None:
    with TestCase.captureOnCommitCallbacks() as callbacks:
        refund(payment=paid, reference=f"refund:{paid.pk}:1", amount_minor=500, reason="")
        refund(payment=paid, reference=f"refund:{paid.pk}:1", amount_minor=500, reason="")
    assert len(callbacks) == 1


def test_refund_repeated_is_one(paid: Payment) -> None:
    first = refund(payment=paid, reference=f"refund:{paid.pk}:1", amount_minor=500, reason="")
    assert refund(payment=paid, reference=f"refund:{paid.pk}:1", amount_minor=500, reason="other words").pk == first.pk
    for _time in range(3):
        send_refund(refund_id=first.pk)
        poll_pending()
    assert (Refund.objects.count(), balances()["escrow"]) == (1, -750)


def test_reference_of_another_refund_is_refused(paid: Payment) -> None:
    refund(payment=paid, reference=f"refund:{paid.pk}:1", amount_minor=500, reason="")
    with pytest.raises(Conflict) as refused:
        refund(payment=paid, reference=f"refund:{paid.pk}:1", amount_minor=501, reason="")
    assert refused.value.code == "reference_reused"


def test_no_more_goes_back_than_was_paid(paid: Payment) -> None:
    refund(payment=paid, reference=f"refund:{paid.pk}:1", amount_minor=1000, reason="")
    with pytest.raises(Conflict) as refused:
        refund(payment=paid, reference=f"refund:{paid.pk}:2", amount_minor=251, reason="")
    assert refused.value.code == "more_than_paid"
    refund(payment=paid, reference=f"refund:{paid.pk}:3", amount_minor=250, reason="")
    poll_pending()
    assert balances() == {"provider_clearing": 0, "escrow": 0}


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_no_refund(paid: Payment, amount: int) -> None:
    with pytest.raises(InvalidInput):
        refund(payment=paid, reference=f"refund:{paid.pk}:1", amount_minor=amount, reason="")


def test_unpaid_is_not_refunded(cashier: CashierProcess, renter: Member) -> None:
    with pytest.raises(Conflict) as refused:
        refund(payment=ask_for_payment(renter), reference="refund:1", amount_minor=1, reason="")
    assert refused.value.code == "not_paid"


def test_settled_money_is_not_refunded(paid: Payment, lot: Lot, owner: Member) -> None:
    settle(subject_id=paid.subject_id, lot=lot, owner=owner, amount=Money(1250, "CNY"), fee_minor=0)
    with pytest.raises(Conflict) as refused:
        refund(payment=paid, reference=f"refund:{paid.pk}:1", amount_minor=1, reason="")
    assert refused.value.code == "escrow_insufficient"


def test_money_promised_back_is_not_settled(paid: Payment, lot: Lot, owner: Member) -> None:
    refund(payment=paid, reference=f"refund:{paid.pk}:1", amount_minor=251, reason="")
    with pytest.raises(Conflict) as refused:
        settle(subject_id=paid.subject_id, lot=lot, owner=owner, amount=Money(1000, "CNY"), fee_minor=0)
    assert refused.value.code == "escrow_insufficient"
    settle(subject_id=paid.subject_id, lot=lot, owner=owner, amount=Money(999, "CNY"), fee_minor=0)
    poll_pending()
    assert (balances()["escrow"], trial_balance()) == (0, {"CNY": 0})


def test_refund_waits_while_the_bank_is_away(paid: Payment, cashier: CashierProcess, settings: Settings) -> None:
    promised = refund(payment=paid, reference=f"refund:{paid.pk}:1", amount_minor=500, reason="")
    settings.CASHIER_URL = "http://127.0.0.1:9"
    assert poll_pending().failed == 1
    with pytest.raises(ProviderError):
        send_refund(refund_id=promised.pk)
    promised.refresh_from_db()
    assert (promised.state, promised.attempts, balances()["escrow"]) == ("requested", 2, -1250)
    settings.CASHIER_URL = cashier.url
    poll_pending()
    assert balances()["escrow"] == -750


def test_refund_that_the_bank_refuses_is_not_booked(paid: Payment, caplog: pytest.LogCaptureFixture) -> None:
    """The bank was asked by another hand for the same number: it says so, and the books stay as they are."""
    promised = refund(payment=paid, reference=f"refund:{paid.pk}:1", amount_minor=500, reason="")
    Refund.objects.filter(pk=promised.pk).update(amount_minor=400)
    send_refund(refund_id=promised.pk)
    Refund.objects.filter(pk=promised.pk).update(state=Refund.State.REQUESTED, succeeded_at=None, amount_minor=300)
    assert poll_pending().failed == 1
    assert ("refund_exists" in caplog.text, balances()["escrow"]) == (True, -850)


def test_refund_that_the_bank_refuses_for_good_waits_for_a_person(paid: Payment, cashier: CashierProcess) -> None:
    """The bank has paid back under another number already: asking again would go on for ever."""
    promised = refund(payment=paid, reference=f"refund:{paid.pk}:1", amount_minor=500, reason="")
    bank = provider_named("sandbox")
    bank.refund(RefundRequest(f"by-hand:{paid.pk}", paid.pk, Money(1000, "CNY"), "at the counter"))
    for _time in range(3):
        poll_pending()
    promised.refresh_from_db()
    assert (promised.state, promised.attempts, promised.refusal) == ("refused", 1, "409 more_than_paid")
    assert held_for(paid.subject_id, "CNY") == 750


def test_refused_refund_is_sent_again_by_who_may(paid: Payment) -> None:
    promised = refund(payment=paid, reference=f"refund:{paid.pk}:1", amount_minor=500, reason="")
    clerk, stranger = make_member(), make_member()
    clerk.user_permissions.set(Permission.objects.filter(codename="change_refund"))
    with pytest.raises(Conflict, match="not_refused"):
        send_again(refund_id=promised.pk, by=clerk)
    Refund.objects.update(state="refused", refusal="409")
    with pytest.raises(NotAllowed):
        send_again(refund_id=promised.pk, by=stranger)
    assert send_again(refund_id=promised.pk, by=clerk).state == "requested"
    poll_pending()
    assert Refund.objects.get().state == "succeeded"
