"""People, a lot and accounts that the tests of finance stand on."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from finance.domain import ledger
from finance.models import Account
from lots.models import Lot
from members.models import Member

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
