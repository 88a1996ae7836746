"""Deposits: kept back, then taken or given free, once; what is kept back leaves by no other door."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from berth.kernel.errors import Conflict, DomainError, InvalidInput
from berth.kernel.money import Money
from finance.domain.escrow import held_for
from finance.domain.ledger import account
from finance.domain.receipts import receive
from finance.domain.refunds import refund
from finance.domain.reservations import give_free, reserve, take
from finance.domain.settlement import settle
from finance.models import Account, Payment, Reservation
from finance.queries import trial_balance
from tests.finance.conftest import make_lot, make_member

PAID = 10_000


def paid_subject() -> Payment:
    """A subject for which escrow holds PAID."""
    payment = Payment.objects.create(
        provider="sandbox",
        subject_id=uuid.uuid4(),
        title="粤B",
        amount_minor=PAID,
        payer=make_member(),
        currency="CNY",
        expires_at=timezone.now(),
    )
    receive(payment_id=payment.pk, number=f"S{payment.pk}", paid_at=timezone.now())
    payment.refresh_from_db()
    return payment


def keep(payment: Payment, amount: int = 6_000, reference: str = "deposit:1") -> Reservation:
    return reserve(subject_id=payment.subject_id, reference=reference, amount=Money(amount, "CNY"), purpose="deposit")


@pytest.mark.django_db
def test_what_is_kept_back_is_neither_refunded_nor_settled() -> None:
    payment = paid_subject()
    for _twice in range(2):
        keep(payment)
    with pytest.raises(Conflict, match="escrow_insufficient"):
        refund(payment=payment, reference="r", amount_minor=4_001, reason="")
    with pytest.raises(Conflict, match="escrow_insufficient"):
        lot, owner = make_lot(), make_member()
        settle(subject_id=payment.subject_id, lot=lot, owner=owner, amount=Money(4_001, "CNY"), fee_minor=0)
    with pytest.raises(Conflict, match="escrow_insufficient"):
        keep(payment, 4_001, "deposit:2")
    with pytest.raises(Conflict, match="reference_reused"):
        keep(payment, 1)
    give_free(reference="deposit:1")
    refund(payment=payment, reference="r", amount_minor=PAID, reason="")


@pytest.mark.django_db
def test_a_part_is_taken_once_and_the_rest_is_free() -> None:
    payment, owner = paid_subject(), account("owner", "CNY", member=make_member())
    keep(payment)
    for _twice in range(2):
        assert take(reference="deposit:1", to=[(owner, 1_500)]).state == "posted"
    assert Account.objects.get(pk=owner.pk).balance_minor == -1_500
    assert held_for(payment.subject_id, "CNY") == PAID - 1_500
    for attempt in (lambda: give_free(reference="deposit:1"), lambda: take(reference="deposit:1", to=[(owner, 1)])):
        with pytest.raises(Conflict):
            attempt()


@pytest.mark.django_db
@pytest.mark.parametrize("amounts", [[], [0], [6_001], [-1, 2], [3_000, 3_001]])
def test_nothing_or_more_than_was_kept_back_is_not_taken(amounts: list[int]) -> None:
    keep(paid_subject())
    holders = [account("owner", "CNY", member=make_member()) for _amount in amounts]
    with pytest.raises(InvalidInput, match="reservation_amount"):
        take(reference="deposit:1", to=list(zip(holders, amounts, strict=True)))
    assert Reservation.objects.get().state == "pending"


@pytest.mark.django_db
def test_void_stays_void() -> None:
    keep(paid_subject())
    for _twice in range(2):
        assert give_free(reference="deposit:1").state == "void"
    with pytest.raises(Conflict, match="reservation_decided"):
        take(reference="deposit:1", to=[(account("owner", "CNY", member=make_member()), 1)])


class Deposits(RuleBasedStateMachine):
    """Anybody does anything in any order: escrow never pays more than it holds, and each deposit ends once."""

    def __init__(self) -> None:
        super().__init__()
        self.payment = paid_subject()
        self.owner = account("owner", "CNY", member=make_member())
        self.kept: dict[str, int] = {}
        self.open: set[str] = set()
        self.gone = 0

    @property
    def free(self) -> int:
        return PAID - self.gone - sum(self.kept[name] for name in self.open)

    @rule(amount=st.integers(1, PAID))
    def keep(self, amount: int) -> None:
        name = f"{self.payment.pk}:{len(self.kept)}"
        if self.tried(lambda: keep(self.payment, amount, name), possible=amount <= self.free):
            self.kept[name] = amount
            self.open.add(name)

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), amount=st.integers(1, PAID))
    def take(self, data: st.DataObject, amount: int) -> None:
        name = data.draw(st.sampled_from(sorted(self.kept)))
        possible = name in self.open and amount <= self.kept[name]
        if name in self.open and self.tried(lambda: take(reference=name, to=[(self.owner, amount)]), possible=possible):
            self.open.remove(name)
            self.gone += amount

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def give_free(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.open)))
        give_free(reference=name)
        self.open.remove(name)

    @rule(amount=st.integers(1, PAID))
    def refund(self, amount: int) -> None:
        reference = f"r:{self.payment.pk}:{self.gone}"
        work = lambda: refund(payment=self.payment, reference=reference, amount_minor=amount, reason="")  # noqa: E731
        if self.tried(work, possible=amount <= self.free):
            self.gone += amount

    @invariant()
    def books_agree(self) -> None:
        assert held_for(self.payment.subject_id, "CNY") == self.free >= 0
        assert trial_balance()["CNY"] == 0

    @staticmethod
    def tried(work: object, *, possible: bool) -> bool:
        try:
            work()  # type: ignore[operator]
        except DomainError:
            assert not possible
            return False
        assert possible
        return True


class TestDeposits(TestCase, Deposits.TestCase):
    settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
