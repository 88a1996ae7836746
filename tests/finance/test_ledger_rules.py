"""The ledger's rules hold for whoever writes: every statement here goes past the domain functions, straight to SQL."""

from __future__ import annotations

import uuid

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from finance.domain.ledger import account, post
from finance.models import Account, JournalEntry, Leg
from members.models import Member

pytestmark = pytest.mark.django_db


def sql(statement: str, *values: object) -> None:
    """Run a statement in a transaction of its own, deferred constraints included."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def new_entry(*legs: tuple[int, int], currency: str = "CNY") -> None:
    """An entry with legs (account id, amount), as somebody would write it by hand."""
    key = uuid.uuid4()
    values = ", ".join(f"('{key}', {holder}, {amount})" for holder, amount in legs)
    sql(
        "INSERT INTO finance_journalentry (id, kind, reference, currency, memo, posted_at, transaction_id) "
        f"VALUES ('{key}', 'adjustment', '{key}', '{currency}', '', now(), 0);"
        + (f"INSERT INTO finance_leg (entry_id, account_id, amount_minor) VALUES {values};" if legs else "")
    )


@pytest.fixture
def posted(clearing: Account, escrow: Account) -> JournalEntry:
    return post(kind="charge", reference="charge:1", currency="CNY", legs=[(clearing, 1000), (escrow, -1000)])


def refused(constraint: str, statement: str, *values: object) -> None:
    with pytest.raises(IntegrityError) as error:
        sql(statement, *values)
    assert error.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]


def test_entry_by_hand_that_balances_is_accepted(clearing: Account, escrow: Account) -> None:
    new_entry((clearing.pk, 700), (escrow.pk, -700))
    clearing.refresh_from_db()
    assert clearing.balance_minor == 700


@pytest.mark.parametrize("amounts", [(), (5,), (5, -4), (5, 5)], ids=["no-leg", "one-leg", "off-by-one", "one-sided"])
def test_entry_that_does_not_balance_is_refused_at_commit(
    clearing: Account, escrow: Account, amounts: tuple[int, ...]
) -> None:
    holders = (clearing.pk, escrow.pk)
    with pytest.raises(IntegrityError, match=r"leg\(s\) that sum to"):
        new_entry(*zip(holders, amounts, strict=False))
    assert not JournalEntry.objects.exists()
    escrow.refresh_from_db()
    assert escrow.balance_minor == 0


def test_leg_in_another_currency_is_refused(clearing: Account) -> None:
    euros = account("escrow", "EUR")
    with pytest.raises(IntegrityError, match="is in EUR, the entry in CNY"):
        new_entry((clearing.pk, 5), (euros.pk, -5))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE finance_leg SET amount_minor = amount_minor * 2",
        "UPDATE finance_leg SET account_id = account_id",
        "DELETE FROM finance_leg",
        "UPDATE finance_journalentry SET memo = 'changed'",
        "DELETE FROM finance_journalentry",
    ],
)
def test_entries_and_legs_are_never_changed_or_deleted(posted: JournalEntry, statement: str) -> None:
    refused("ledger_append_only", statement)
    assert sorted(posted.legs.values_list("amount_minor", flat=True)) == [-1000, 1000]


def test_orm_cannot_change_or_delete_either(posted: JournalEntry) -> None:
    posted.memo = "changed"
    with pytest.raises(IntegrityError), transaction.atomic():
        posted.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        Leg.objects.all().delete()
    assert Leg.objects.count() == 2


@pytest.mark.parametrize("table", ["finance_leg", "finance_journalentry", "finance_account"])
def test_tables_are_never_truncated(posted: JournalEntry, table: str) -> None:
    trigger = {"finance_leg": "leg", "finance_journalentry": "entry", "finance_account": "account"}[table]
    # tests/conftest.py lets transactional tests clean up; here the rule is on, as in production.
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}_never_truncated")
    refused("ledger_append_only", f"TRUNCATE {table} CASCADE")
    sql(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}_never_truncated")
    assert Leg.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_complete_entry_takes_no_more_legs(clearing: Account, escrow: Account) -> None:
    entry = post(kind="charge", reference="charge:1", currency="CNY", legs=[(clearing, 1000), (escrow, -1000)])
    more = "INSERT INTO finance_leg (entry_id, account_id, amount_minor) VALUES (%s, %s, 5), (%s, %s, -5)"
    refused("ledger_append_only", more, entry.pk, clearing.pk, entry.pk, escrow.pk)
    escrow.refresh_from_db()
    assert escrow.balance_minor == -1000


def test_balance_moves_by_legs_only(posted: JournalEntry, escrow: Account) -> None:
    refused("account_balance_kept_by_legs", "UPDATE finance_account SET balance_minor = 0")
    refused(
        "account_balance_kept_by_legs",
        "INSERT INTO finance_account (kind, currency, provider, balance_minor) VALUES ('fees', 'CNY', '', 5)",
    )
    escrow.refresh_from_db()
    assert escrow.balance_minor == -1000


def test_account_never_changes_its_kind_currency_or_holder(escrow: Account, owner: Member) -> None:
    earnings = account("owner", "CNY", member=owner)
    refused("account_fixed", "UPDATE finance_account SET kind = 'fees' WHERE id = %s", escrow.pk)
    refused("account_fixed", "UPDATE finance_account SET currency = 'EUR' WHERE id = %s", escrow.pk)
    refused("account_fixed", "UPDATE finance_account SET member_id = NULL WHERE id = %s", earnings.pk)


@pytest.mark.parametrize(
    ("kind", "provider"),
    [("owner", ""), ("lot_manager", ""), ("provider_clearing", ""), ("escrow", "sandbox"), ("unheard_of", "")],
)
def test_account_without_the_holder_of_its_kind_is_refused(db: None, kind: str, provider: str) -> None:
    refused(
        "account_has_the_holder_of_its_kind",
        "INSERT INTO finance_account (kind, currency, provider, balance_minor) VALUES (%s, 'CNY', %s, 0)",
        kind,
        provider,
    )


def test_account_with_legs_is_not_deleted(posted: JournalEntry, escrow: Account) -> None:
    with pytest.raises(IntegrityError):
        sql("DELETE FROM finance_account WHERE id = %s", escrow.pk)


def test_rules_can_be_taken_away_and_put_back(escrow: Account) -> None:
    sql("SET CONSTRAINTS ALL IMMEDIATE")  # no table is altered while a check of it waits
    call_command("migrate", "finance", "0004", verbosity=0)
    sql("UPDATE finance_account SET balance_minor = 5")
    sql("UPDATE finance_account SET balance_minor = 0")
    call_command("migrate", "finance", verbosity=0)
    refused("account_balance_kept_by_legs", "UPDATE finance_account SET balance_minor = 5")
