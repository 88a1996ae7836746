"""Posting: what it records, what it refuses, and that a repeat changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from berth.kernel.errors import Conflict, InvalidInput
from finance.domain.ledger import MAX_AMOUNT, account, post
from finance.models import Account, JournalEntry, Leg
from members.models import Member
from tests.finance.conftest import make_lot

pytestmark = pytest.mark.django_db
Balance = Callable[[Account], int]


def charge(clearing: Account, escrow: Account, amount: int = 1000, reference: str = "charge:1") -> JournalEntry:
    return post(kind="charge", reference=reference, currency="CNY", legs=[(clearing, amount), (escrow, -amount)])


def test_post_records_legs_and_moves_balances(clearing: Account, escrow: Account, balance_of: Balance) -> None:
    subject = uuid.uuid4()
    entry = post(
        kind="charge",
        reference="charge:1",
        currency="CNY",
        legs=[(clearing, 1250), (escrow, -1250)],
        subject_id=subject,
        memo="A-12",
    )
    stored = JournalEntry.objects.get()
    assert (stored.pk, stored.kind, stored.subject_id, stored.memo) == (entry.pk, "charge", subject, "A-12")
    assert dict(stored.legs.values_list("account", "amount_minor")) == {clearing.pk: 1250, escrow.pk: -1250}
    assert (balance_of(clearing), balance_of(escrow)) == (1250, -1250)


def test_post_sums_legs_of_one_account(clearing: Account, escrow: Account) -> None:
    post(kind="charge", reference="r", currency="CNY", legs=[(clearing, 300), (escrow, -500), (clearing, 200)])
    assert sorted(Leg.objects.values_list("amount_minor", flat=True)) == [-500, 500]


def test_post_repeated_returns_the_first_entry(clearing: Account, escrow: Account, balance_of: Balance) -> None:
    first = charge(clearing, escrow)
    again = charge(clearing, escrow)
    assert again.pk == first.pk
    assert (JournalEntry.objects.count(), Leg.objects.count(), balance_of(escrow)) == (1, 2, -1000)


def test_post_repeated_with_other_content_is_refused(clearing: Account, escrow: Account, balance_of: Balance) -> None:
    charge(clearing, escrow)
    with pytest.raises(Conflict) as refused:
        charge(clearing, escrow, amount=1001)
    assert refused.value.code == "reference_reused"
    with pytest.raises(Conflict):
        post(kind="refund", reference="charge:1", currency="CNY", legs=[(clearing, 1000), (escrow, -1000)])
    with pytest.raises(Conflict):
        post(
            kind="charge",
            reference="charge:1",
            currency="CNY",
            legs=[(clearing, 1000), (escrow, -1000)],
            subject_id=uuid.uuid4(),
        )
    assert balance_of(escrow) == -1000


@pytest.mark.parametrize(
    "amounts",
    [(1000, -999), (0, 0), (1000, 1000), (MAX_AMOUNT + 1, -MAX_AMOUNT - 1)],
    ids=["unbalanced", "nothing", "one-sided", "absurd"],
)
def test_post_refuses_what_is_no_entry(clearing: Account, escrow: Account, amounts: tuple[int, int]) -> None:
    legs = list(zip((clearing, escrow), amounts, strict=True))
    with pytest.raises(InvalidInput) as refused:
        post(kind="charge", reference="r", currency="CNY", legs=legs)
    assert refused.value.code == "unbalanced_entry"
    assert not JournalEntry.objects.exists()


def test_post_refuses_one_leg_and_mixed_currencies(clearing: Account, escrow: Account) -> None:
    euros = account("escrow", "EUR")
    with pytest.raises(InvalidInput):
        post(kind="charge", reference="r", currency="CNY", legs=[(clearing, 1), (clearing, -1)])
    with pytest.raises(InvalidInput):
        post(kind="charge", reference="r", currency="CNY", legs=[(clearing, 1), (euros, -1)])
    assert not JournalEntry.objects.exists()


def test_account_is_opened_once_per_holder(owner: Member) -> None:
    lot = make_lot()
    assert account("owner", "CNY", member=owner) == account("owner", "CNY", member=owner)
    assert account("lot_manager", "CNY", lot=lot) != account("lot_manager", "CNY", lot=lot, member=owner)
    assert account("escrow", "CNY") == account("escrow", "CNY")
    assert Account.objects.count() == 4
