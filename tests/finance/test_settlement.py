"""Worked stories: who holds what after a booking, a fee, a refund, an odd cent."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from berth.kernel.errors import Conflict, InvalidInput
from berth.kernel.money import Money
from finance.domain.ledger import account, post
from finance.domain.settlement import settle
from finance.models import Account, JournalEntry
from finance.queries import trial_balance
from lots.models import Lot
from members.models import Member
from tests.finance.conftest import make_lot, make_member

pytestmark = pytest.mark.django_db


def charge(amount: int, currency: str = "CNY") -> uuid.UUID:
    """Money in escrow for a new booking: its id."""
    subject_id = uuid.uuid4()
    clearing, escrow = account("provider_clearing", currency, provider="sandbox"), account("escrow", currency)
    legs = [(clearing, amount), (escrow, -amount)]
    post(kind="charge", reference=f"charge:{subject_id}", currency=currency, legs=legs, subject_id=subject_id)
    return subject_id


def balances() -> dict[str, int]:
    return dict(Account.objects.values_list("kind", "balance_minor"))


def test_booking_of_40_yuan_without_fee(lot: Lot, owner: Member) -> None:
    subject = charge(4000)
    entry = settle(
        subject_id=subject, lot=lot, owner=owner, amount=Money(4000, "CNY"), fee_minor=0, memo="K7M2Q9TX · A-12"
    )
    assert balances() == {"provider_clearing": 4000, "escrow": 0, "owner": -3000, "lot_manager": -400, "revenue": -600}
    assert (entry.reference, entry.subject_id, entry.memo) == (f"settle:{subject}", subject, "K7M2Q9TX · A-12")
    assert trial_balance() == {"CNY": 0}


def test_booking_with_a_service_fee(lot: Lot, owner: Member) -> None:
    subject = charge(4200)
    settle(subject_id=subject, lot=lot, owner=owner, amount=Money(4200, "CNY"), fee_minor=200)
    expected = {"escrow": 0, "owner": -3000, "lot_manager": -400, "revenue": -600, "fees": -200}
    assert balances() == {"provider_clearing": 4200, **expected}


def test_odd_cents_go_to_the_largest_remainder(lot: Lot, owner: Member) -> None:
    """7.07: exact shares are 530.25, 70.70 and 106.05, so the missing unit is the manager's."""
    settle(subject_id=charge(707), lot=lot, owner=owner, amount=Money(707, "CNY"), fee_minor=0)
    held = balances()
    assert (held["owner"], held["lot_manager"], held["revenue"], held["escrow"]) == (-530, -71, -106, 0)


def test_one_cent_has_no_legs_of_nothing(lot: Lot, owner: Member) -> None:
    entry = settle(subject_id=charge(1), lot=lot, owner=owner, amount=Money(1, "CNY"), fee_minor=0)
    assert dict(entry.legs.values_list("account__kind", "amount_minor")) == {"escrow": 1, "owner": -1}


def test_fee_only_goes_to_the_platform(lot: Lot, owner: Member) -> None:
    entry = settle(subject_id=charge(200), lot=lot, owner=owner, amount=Money(200, "CNY"), fee_minor=200)
    assert dict(entry.legs.values_list("account__kind", "amount_minor")) == {"escrow": 200, "fees": -200}


def test_shares_are_the_lots_own(owner: Member) -> None:
    lot = make_lot(platform_share_bp=2000, manager_share_bp=0)
    settle(subject_id=charge(1000), lot=lot, owner=owner, amount=Money(1000, "CNY"), fee_minor=0)
    assert balances() == {"provider_clearing": 1000, "escrow": 0, "owner": -800, "revenue": -200}


def test_managers_share_is_the_managers_or_waits_with_the_lot(owner: Member) -> None:
    manager = make_member("物业")
    managed, unmanaged = make_lot(manager=manager), make_lot()
    for lot in (managed, unmanaged):
        settle(subject_id=charge(1000), lot=lot, owner=owner, amount=Money(1000, "CNY"), fee_minor=0)
    holders = Account.objects.filter(kind="lot_manager").values_list("lot", "member", "balance_minor")
    assert set(holders) == {(managed.pk, manager.pk, -100), (unmanaged.pk, None, -100)}


def test_settled_again_is_settled_once_though_shares_changed(lot: Lot, owner: Member) -> None:
    subject = charge(1000)
    first = settle(subject_id=subject, lot=lot, owner=owner, amount=Money(1000, "CNY"), fee_minor=0)
    lot.platform_share_bp = 3000
    again = settle(subject_id=subject, lot=lot, owner=owner, amount=Money(1000, "CNY"), fee_minor=0)
    assert (again.pk, JournalEntry.objects.filter(kind="settlement").count()) == (first.pk, 1)
    with pytest.raises(Conflict) as refused:
        settle(subject_id=subject, lot=lot, owner=owner, amount=Money(999, "CNY"), fee_minor=0)
    assert refused.value.code == "reference_reused"


@pytest.mark.parametrize("held", [0, 999])
def test_no_more_is_settled_than_is_held(lot: Lot, owner: Member, held: int) -> None:
    subject = charge(held) if held else uuid.uuid4()
    charge(5000)
    with pytest.raises(Conflict) as refused:
        settle(subject_id=subject, lot=lot, owner=owner, amount=Money(1000, "CNY"), fee_minor=0)
    assert refused.value.code == "escrow_insufficient"
    assert not JournalEntry.objects.filter(kind="settlement").exists()


@pytest.mark.parametrize(("amount", "fee"), [(0, 0), (100, 101), (100, -1)])
def test_amounts_that_make_no_sense_are_refused(lot: Lot, owner: Member, amount: int, fee: int) -> None:
    with pytest.raises(InvalidInput):
        settle(subject_id=uuid.uuid4(), lot=lot, owner=owner, amount=Money(amount, "CNY"), fee_minor=fee)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_settled_by_16_at_once_is_settled_once(db: None) -> None:
    lot, owner, subject = make_lot(), make_member(), charge(1000)

    def one(_number: int) -> uuid.UUID:
        try:
            return settle(subject_id=subject, lot=lot, owner=owner, amount=Money(1000, "CNY"), fee_minor=0).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(one, range(16)))) == 1
    assert balances()["owner"] == -750


class AnyBooking(TestCase):
    """Whatever the amount, the fee and the shares: escrow is emptied, the parts sum to the whole."""

    @settings(max_examples=50, deadline=None)
    @given(data=st.data())
    def test_parts_sum_to_the_whole(self, data: st.DataObject) -> None:
        amount = data.draw(st.integers(1, 10**9))
        fee = data.draw(st.integers(0, amount))
        platform = data.draw(st.integers(0, 10_000))
        lot = make_lot(platform_share_bp=platform, manager_share_bp=data.draw(st.integers(0, 10_000 - platform)))
        settle(subject_id=charge(amount), lot=lot, owner=make_member(), amount=Money(amount, "CNY"), fee_minor=fee)
        held = balances()
        assert (held.pop("escrow"), held.pop("provider_clearing")) == (0, amount)
        assert (-held.get("fees", 0), -sum(held.values())) == (fee, amount)
