"""Over random movements of money: every balance is the sum of its legs, and the books always sum to zero."""

from __future__ import annotations

import itertools

from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from berth.kernel.errors import InvalidInput
from finance.domain.ledger import account, post
from finance.models import Account, JournalEntry, Leg
from finance.queries import trial_balance
from tests.finance.conftest import make_lot, make_member

AMOUNT = st.integers(min_value=-(10**12), max_value=10**12)
HOLDERS = 6
MOVEMENT = st.lists(st.tuples(st.integers(0, HOLDERS - 1), AMOUNT), min_size=1, max_size=5)


class RandomPostings(TestCase):
    """The last leg of each movement is made to balance it; some movements are still no entries and are refused."""

    @classmethod
    def setUpTestData(cls) -> None:
        lot = make_lot()
        cls.accounts = [
            account("provider_clearing", "CNY", provider="sandbox"),
            account("escrow", "CNY"),
            account("owner", "CNY", member=make_member()),
            account("lot_manager", "CNY", lot=lot),
            account("revenue", "CNY"),
            account("fees", "CNY"),
        ]

    @settings(max_examples=40, deadline=None)
    @given(movements=st.lists(MOVEMENT, max_size=8), repeat=st.booleans())
    def test_balances_are_sums_of_legs_and_books_sum_to_zero(
        self, movements: list[list[tuple[int, int]]], repeat: bool
    ) -> None:
        expected = [0] * HOLDERS
        for number, movement in enumerate(movements):
            balancing = (movement[0][0] + 1) % HOLDERS, -sum(amount for _, amount in movement)
            legs = [(self.accounts[index], amount) for index, amount in [*movement, balancing]]
            try:
                for _time in range(1 + repeat):
                    post(kind="adjustment", reference=f"r:{number}", currency="CNY", legs=legs)
            except InvalidInput:
                continue
            for index, amount in [*movement, balancing]:
                expected[index] += amount
        stored = [Account.objects.get(pk=holder.pk).balance_minor for holder in self.accounts]
        by_legs = [Leg.objects.filter(account=a).aggregate(sum=Sum("amount_minor"))["sum"] or 0 for a in self.accounts]
        assert stored == expected == by_legs
        assert trial_balance() == {"CNY": 0}
        per_entry = JournalEntry.objects.annotate(total=Sum("legs__amount_minor")).values_list("total", flat=True)
        assert set(per_entry) <= {0}

    @given(amounts=st.lists(AMOUNT.filter(bool), min_size=2, max_size=4).filter(sum))
    @settings(max_examples=30, deadline=None)
    def test_amounts_that_do_not_sum_to_zero_are_never_posted(self, amounts: list[int]) -> None:
        legs = list(zip(itertools.islice(self.accounts, len(amounts)), amounts, strict=True))
        with self.assertRaises(InvalidInput):
            post(kind="adjustment", reference="r", currency="CNY", legs=legs)
        assert not JournalEntry.objects.exists()
