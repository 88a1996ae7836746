"""Owners are paid what they earned: once, after the problem window, seen by four eyes, through a bank that fails."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from berth.kernel.sealing import SealBroken, seal, unseal
from finance.domain import payout_runs
from finance.domain.payout_destinations import passes_luhn, set_destination
from finance.domain.payout_release import earned_before, earning_accounts, releases
from finance.domain.payout_sending import send_payout
from finance.domain.polling import poll_pending
from finance.models import Account, JournalEntry, Payout, PayoutDestination, PayoutHold, PayoutRun
from finance.providers.base import ProviderError
from finance.queries import trial_balance
from finance.tasks import prepare_payouts
from members.models import Member
from tests.finance.cashier_process import CashierProcess
from tests.finance.conftest import make_member
from tests.finance.earning import BANK_CARD, CLOSED_CARD, earn, owned, owner_with, treasurer

pytestmark = pytest.mark.django_db


def prepared() -> PayoutRun:
    run = payout_runs.prepare(currency="CNY", by=None)
    assert run is not None
    return run


def approved() -> PayoutRun:
    return payout_runs.approve(run_id=prepared().pk, by=treasurer())


def free_of(member: Member) -> int:
    (release,) = releases(earning_accounts("CNY", [member.pk]), before=earned_before())
    return release.free_minor


def test_an_owner_is_paid_through_the_bank_and_the_books_say_so(cashier: CashierProcess) -> None:
    owner = owner_with(12_500)
    run = approved()
    assert (owned(owner), Payout.objects.get().state) == (0, "sending")
    for _twice in range(2):
        send_payout(payout_id=run.payouts.get().pk)
    payout = Payout.objects.get()
    assert (payout.state, payout.amount_minor, payout.attempts) == ("paid", 12_500, 1)
    balances = dict(Account.objects.values_list("kind", "balance_minor"))
    assert balances == {"owner": 0, "escrow": 12_500, "payout_transit": 0, "provider_clearing": -12_500}
    assert trial_balance() == {"CNY": 0}


def test_a_closed_account_sends_the_money_back_and_the_next_run_pays_it(cashier: CashierProcess) -> None:
    owner = owner_with(9_000, number="13800000000", channel="alipay")
    approved()
    poll_pending()
    payout = Payout.objects.get()
    assert (payout.state, payout.reason, owned(owner)) == ("returned", "the account is closed", 9_000)
    set_destination(member=owner, channel="bank", holder="李伟", number=BANK_CARD)
    approved()
    poll_pending()
    assert owned(owner) == 0
    assert sorted(Payout.objects.values_list("state", flat=True)) == ["paid", "returned"]


def test_a_slow_bank_keeps_the_payout_on_its_way(cashier: CashierProcess) -> None:
    owner_with(9_000, number="13800001111", channel="alipay")
    approved()
    poll_pending()
    assert Payout.objects.get().state == "sending"
    assert Account.objects.get(kind="payout_transit").balance_minor == -9_000


def test_a_bank_that_is_away_loses_nothing(settings: object) -> None:
    settings.CASHIER_URL = "http://127.0.0.1:1"  # type: ignore[attr-defined]
    owner_with(9_000)
    run = approved()
    with pytest.raises(ProviderError):
        send_payout(payout_id=run.payouts.get().pk)
    assert (poll_pending().failed, Payout.objects.get().state) == (1, "sending")


def test_only_what_left_its_problem_window_and_is_not_held_is_free() -> None:
    owner = make_member()
    disputed = uuid.uuid4()
    account = earn(owner, 10_000, hours_ago=49)
    earn(owner, 3_000, hours_ago=47)
    PayoutHold.objects.create(subject_id=disputed, account=account, amount_minor=4_000, reason="dispute")
    assert free_of(owner) == 6_000
    PayoutHold.objects.update(amount_minor=20_000)
    assert free_of(owner) == 0


@pytest.mark.parametrize(("amount", "planned"), [(4_999, 0), (5_000, 1)])
def test_less_than_the_minimum_waits(amount: int, planned: int) -> None:
    owner_with(amount)
    payout_runs.prepare(currency="CNY", by=None)
    assert Payout.objects.count() == planned


def test_who_has_said_no_destination_is_not_in_the_run() -> None:
    earn(make_member(), 10_000)
    assert payout_runs.prepare(currency="CNY", by=None) is None
    assert not PayoutRun.objects.exists()


def test_the_weekly_task_prepares_once_and_waits() -> None:
    owner_with(10_000)
    for _week in range(2):
        prepare_payouts()
    assert PayoutRun.objects.get().state == "prepared"
    with pytest.raises(Conflict, match="run_prepared"):
        payout_runs.prepare(currency="CNY", by=treasurer())


def test_four_eyes() -> None:
    owner_with(10_000)
    first, second, stranger = treasurer(), treasurer(), make_member()
    with pytest.raises(NotAllowed, match="payouts"):
        payout_runs.prepare(currency="CNY", by=stranger)
    run = payout_runs.prepare(currency="CNY", by=first)
    assert run is not None
    for person, code in [(stranger, "payouts"), (first, "four_eyes")]:
        with pytest.raises(NotAllowed, match=code):
            payout_runs.approve(run_id=run.pk, by=person)
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        PayoutRun.objects.filter(pk=run.pk).update(state="approved", decided_by=first, decided_at=run.prepared_at)
    for _twice in range(2):
        payout_runs.approve(run_id=run.pk, by=second)
    assert JournalEntry.objects.filter(kind="payout").count() == 1
    with pytest.raises(Conflict, match="run_decided"):
        payout_runs.discard(run_id=run.pk, by=second)


def test_a_discarded_run_moves_nothing_and_makes_room() -> None:
    owner = owner_with(10_000)
    for _twice in range(2):
        waiting = PayoutRun.objects.first() or prepared()
        payout_runs.discard(run_id=waiting.pk, by=treasurer())
    assert (owned(owner), Payout.objects.get().state) == (10_000, "dropped")
    assert prepared().payouts.get().amount_minor == 10_000


def test_a_hold_placed_between_preview_and_approval_leaves_the_payout_out() -> None:
    held, other = owner_with(10_000), owner_with(6_000)
    run = prepared()
    account = Account.objects.get(kind="owner", member=held)
    PayoutHold.objects.create(subject_id=uuid.uuid4(), account=account, amount_minor=1, reason="dispute")
    payout_runs.approve(run_id=run.pk, by=treasurer())
    assert dict(run.payouts.values_list("account__member", "state")) == {held.pk: "dropped", other.pk: "sending"}
    assert (owned(held), owned(other)) == (10_000, 0)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_many_approvals_at_once_pay_once() -> None:
    owner = owner_with(10_000)
    run, people = prepared(), [treasurer() for _ in range(8)]
    barrier = threading.Barrier(len(people))

    def approve(person: Member) -> None:
        barrier.wait()
        payout_runs.approve(run_id=run.pk, by=person)
        connection.close()

    threads = [threading.Thread(target=approve, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert owned(owner) == 0
    assert JournalEntry.objects.filter(kind="payout").count() == 1


@pytest.mark.parametrize(
    ("channel", "holder", "number", "field"),
    [
        ("bank", "李伟", "6222020000000000017", "number"),
        ("bank", "李伟", "abc", "number"),
        ("bank", "李", BANK_CARD, "holder"),
        ("alipay", "李伟", "12", "number"),
        ("stripe", "李伟", "123456", "number"),
        ("gold", "李伟", BANK_CARD, "channel"),
    ],
)
def test_a_destination_that_cannot_be_is_refused_beside_its_field(
    channel: str, holder: str, number: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        set_destination(member=make_member(), channel=channel, holder=holder, number=number)
    assert list(refused.value.fields) == [field]
    assert not PayoutDestination.objects.exists()


def test_a_destination_is_replaced_not_changed_and_its_number_is_sealed() -> None:
    owner = owner_with(10_000)
    second = set_destination(member=owner, channel="bank", holder="李 伟", number="6222 0200 0000 0910 000")
    assert second.number_end == CLOSED_CARD[-4:]
    assert PayoutDestination.objects.filter(retired_at=None).get() == second
    assert CLOSED_CARD not in second.number_sealed
    assert unseal(second.number_sealed) == CLOSED_CARD
    with pytest.raises(SealBroken):
        unseal(seal("x")[:-4] + "AAA=")


def test_luhn_finds_every_wrong_digit() -> None:
    assert passes_luhn(BANK_CARD)
    for place in range(len(BANK_CARD)):
        for digit in set("0123456789") - {BANK_CARD[place]}:
            assert not passes_luhn(BANK_CARD[:place] + digit + BANK_CARD[place + 1 :])


class TestRunsNeverPayTooMuch(TestCase):
    """Whatever was earned when, and whatever is held: a run takes what is free, and the books balance."""

    @settings(max_examples=25)
    @given(
        earned=st.lists(
            st.tuples(st.integers(1, 20_000), st.sampled_from([1.0, 47.0, 49.0, 500.0])), min_size=1, max_size=6
        ),
        held=st.integers(0, 30_000),
    )
    def test_amount(self, earned: list[tuple[int, float]], held: int) -> None:
        owner = make_member()
        set_destination(member=owner, channel="bank", holder="李伟", number=BANK_CARD)
        for amount, hours in earned:
            account = earn(owner, amount, hours_ago=hours)
        if held:
            PayoutHold.objects.create(subject_id=uuid.uuid4(), account=account, amount_minor=held, reason="dispute")
        free = max(0, sum(amount for amount, hours in earned if hours > 48) - held)
        run = payout_runs.prepare(currency="CNY", by=None)
        assert (0 if run is None else run.payouts.get().amount_minor) == (free if free >= 5_000 else 0)
        if run is not None:
            payout_runs.approve(run_id=run.pk, by=treasurer())
            assert owned(owner) == sum(amount for amount, _hours in earned) - free
        assert trial_balance()["CNY"] == 0
