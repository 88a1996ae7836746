"""Many clients at once: nothing is lost, nothing is posted twice, nobody waits for ever."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import OperationalError, connection, transaction

from finance.domain.ledger import account, post
from finance.models import Account, JournalEntry, Leg
from finance.queries import trial_balance
from tests.finance.conftest import make_member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
T = TypeVar("T")


def at_once(clients: int, work: Callable[[int], T]) -> list[T]:
    """Run ``work(0…clients-1)`` in threads that start together, each with a connection of its own."""
    barrier = Barrier(clients)

    def one(number: int) -> T:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(one, range(clients)))


def test_64_posts_on_one_account_lose_nothing(clearing: Account, escrow: Account) -> None:
    def pay(number: int) -> None:
        legs = [(clearing, 100 + number), (escrow, -100 - number)]
        post(kind="charge", reference=f"charge:{number}", currency="CNY", legs=legs)

    at_once(64, pay)
    total = sum(100 + number for number in range(64))
    clearing.refresh_from_db()
    escrow.refresh_from_db()
    assert (clearing.balance_minor, escrow.balance_minor) == (total, -total)
    assert (JournalEntry.objects.count(), trial_balance()) == (64, {"CNY": 0})


def test_balance_kept_by_reading_and_writing_would_lose_postings(clearing: Account) -> None:
    """The control: without the trigger's own sum, 16 clients that read, add and write lose each other's work."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE finance_account DISABLE TRIGGER account_guarded")
    everyone_has_read = Barrier(16)

    def add_ten(number: int) -> None:
        seen = Account.objects.get(pk=clearing.pk).balance_minor
        everyone_has_read.wait(timeout=60)
        Account.objects.filter(pk=clearing.pk).update(balance_minor=seen + 10)

    try:
        at_once(16, add_ten)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE finance_account ENABLE TRIGGER account_guarded")
    clearing.refresh_from_db()
    assert clearing.balance_minor == 10


def test_one_reference_posted_by_32_clients_posts_once(clearing: Account, escrow: Account) -> None:
    def pay(_number: int) -> JournalEntry:
        legs = [(clearing, 500), (escrow, -500)]
        return post(kind="charge", reference="charge:same", currency="CNY", legs=legs)

    entries = at_once(32, pay)
    assert len({entry.pk for entry in entries}) == 1
    escrow.refresh_from_db()
    assert (Leg.objects.count(), escrow.balance_minor) == (2, -500)


def test_one_account_opened_by_32_clients_is_one(db: None) -> None:
    member = make_member()
    opened = at_once(32, lambda _number: account("owner", "CNY", member=member))
    assert len({holder.pk for holder in opened}) == 1


def test_accounts_named_in_any_order_never_deadlock(db: None) -> None:
    accounts = [account("owner", "CNY", member=make_member()) for _ in range(5)]

    def move(number: int) -> str:
        order = random.Random(number).sample(accounts, 3)
        legs = [(order[0], 7), (order[1], -3), (order[2], -4)]
        for turn in range(5):
            try:
                with transaction.atomic():
                    post(kind="adjustment", reference=f"r:{number}:{turn}", currency="CNY", legs=legs)
            except OperationalError as error:
                return str(error)
        return ""

    assert set(at_once(24, move)) == {""}
    assert (JournalEntry.objects.count(), trial_balance()) == (120, {"CNY": 0})
