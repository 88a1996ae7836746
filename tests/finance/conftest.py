"""People, a lot and accounts that the tests of finance stand on."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from queue import Queue
from typing import Any

import pytest
from django.db import transaction
from django.db.models.signals import post_save
from django.utils import timezone
from pytest_django.fixtures import Settings

from berth.kernel.money import Money
from berth.kernel.signatures import public_key_of
from finance.domain import ledger
from finance.domain.payments import request_payment
from finance.models import Account, Payment, PaymentNotification
from finance.signals import PaymentSucceeded, payment_succeeded
from lots.models import Lot
from members.models import Member
from tests.finance.cashier_process import MERCHANT_KEY, PROVIDER_KEY, CashierProcess

_numbers = itertools.count(1)


def make_member(name: str = "李伟") -> Member:
    return Member.objects.create(display_name=name, email=f"{next(_numbers)}@berth.example")


def make_lot(*, manager: Member | None = None, **fields: object) -> Lot:
    number = next(_numbers)
    defaults = {"code": f"lot-{number}", "kind": "residential", "name_zh": "怡景花园", "address_zh": "天河路 1 号"}
    return Lot.objects.create(latitude=23.12, longitude=113.32, manager=manager, **{**defaults, **fields})


@pytest.fixture
def owner(db: None) -> Member:
    return make_member()


@pytest.fixture
def renter(db: None) -> Member:
    return make_member("陈静")


@pytest.fixture
def lot(db: None) -> Lot:
    return make_lot()


@pytest.fixture
def escrow(db: None) -> Account:
    return ledger.account("escrow", "CNY")


@pytest.fixture
def clearing(db: None) -> Account:
    return ledger.account("provider_clearing", "CNY", provider="sandbox")


@pytest.fixture
def balance_of() -> Callable[[Account], int]:
    return lambda account: Account.objects.get(pk=account.pk).balance_minor


@pytest.fixture(autouse=True)
def _sandbox_keys(settings: Settings) -> None:
    settings.SANDBOX_MERCHANT_KEY = MERCHANT_KEY
    settings.SANDBOX_PROVIDER_PUBLIC_KEY = public_key_of(PROVIDER_KEY)


@pytest.fixture(scope="session")
def _cashier_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CashierProcess]:
    process = CashierProcess(tmp_path_factory.mktemp("bank") / "bank.sqlite3").start()
    yield process
    process.stop()


@pytest.fixture
def cashier(_cashier_process: CashierProcess, settings: Settings) -> CashierProcess:
    """The bank's process, which all tests share."""
    settings.CASHIER_URL = _cashier_process.url
    return _cashier_process


def ask_for_payment(payer: Member, amount: int = 1250, **fields: Any) -> Payment:
    """A payment whose order is open at the bank."""
    wanted = {
        "subject_id": uuid.uuid4(),
        "title": "怡景花园 A-12",
        "amount": Money(amount, "CNY"),
        "return_url": "http://127.0.0.1/bookings/1/",
        "expires_at": timezone.now() + timedelta(minutes=10),
    }
    return request_payment(payer=payer, **{**wanted, **fields})


@pytest.fixture
def events() -> Iterator[list[PaymentSucceeded]]:
    """What finance told the layers above."""
    told: list[PaymentSucceeded] = []

    def receive(event: PaymentSucceeded, **_kwargs: object) -> None:
        told.append(event)

    payment_succeeded.connect(receive)
    yield told
    payment_succeeded.disconnect(receive)


@pytest.fixture
def notifications() -> Iterator[Queue[PaymentNotification]]:
    """Each notification, after the transaction that recorded it."""
    recorded: Queue[PaymentNotification] = Queue()

    def record(instance: PaymentNotification, **_kwargs: object) -> None:
        transaction.on_commit(lambda: recorded.put(instance))

    post_save.connect(record, sender=PaymentNotification)
    yield recorded
    post_save.disconnect(record, sender=PaymentNotification)
