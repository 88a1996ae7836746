"""Posting: the only way money moves. The rules themselves are the database's (migration 0005, docs/adr/0007)."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import Conflict, InvalidInput
from berth.kernel.ids import uuid7
from finance.models import Account, JournalEntry
from lots.models import Lot
from members.models import Member

MAX_AMOUNT = 10**15
"""Minor units in one leg; far from where a balance would overflow."""

# One statement: the entry in the order of the model's fields, and its legs only where the entry is new.
_INSERT = """
WITH entry AS (
    INSERT INTO finance_journalentry (id, kind, reference, currency, subject_id, memo, posted_at, transaction_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, 0) ON CONFLICT (reference) DO NOTHING RETURNING id
)
INSERT INTO finance_leg (entry_id, account_id, amount_minor)
SELECT entry.id, leg.account_id, leg.amount FROM entry, unnest(%s::bigint[], %s::bigint[]) AS leg (account_id, amount)
"""


def account(
    kind: str, currency: str, member: Member | None = None, lot: Lot | None = None, provider: str = ""
) -> Account:
    """The account of this kind and holder, opened at its first use."""
    holder = {"kind": kind, "currency": currency, "member": member, "lot": lot, "provider": provider}
    found = Account.objects.filter(**holder).first()
    if found is None:
        Account.objects.bulk_create([Account(**holder)], ignore_conflicts=True)
        found = Account.objects.get(**holder)
    return found


def post(
    *,
    kind: str,
    reference: str,
    currency: str,
    legs: Sequence[tuple[Account, int]],
    subject_id: uuid.UUID | None = None,
    memo: str = "",
) -> JournalEntry:
    """Record one movement of money: ``legs`` are (account, minor units; debit positive) and sum to zero.

    A reference posts once: the same content again finds the first entry and changes nothing (``memo`` is not compared).
    Raises Conflict (``reference_reused``) for other content, InvalidInput (``unbalanced_entry``) for legs that are no
    entry. Locks the accounts in the order of their ids; post once per transaction.
    """
    amounts = _summed(legs, currency)
    with transaction.atomic():
        entry = _insert(kind, reference, currency, subject_id, memo[: _memo_length()], amounts)
        return entry or _first_entry(kind, reference, currency, amounts, subject_id)


def _summed(legs: Sequence[tuple[Account, int]], currency: str) -> dict[int, int]:
    """Account id → amount; one leg per account."""
    amounts: Counter[int] = Counter()
    for holder, amount in legs:
        if holder.currency != currency or abs(amount) > MAX_AMOUNT:
            raise _not_an_entry()
        amounts[holder.pk] += amount
    moved: dict[int, int] = {key: amount for key, amount in amounts.items() if amount}
    if len(moved) < 2 or sum(moved.values()) != 0:
        raise _not_an_entry()
    return moved


def _not_an_entry() -> InvalidInput:
    return InvalidInput("unbalanced_entry", _("These amounts do not make a balanced entry."))


def _insert(
    kind: str, reference: str, currency: str, subject_id: uuid.UUID | None, memo: str, amounts: Mapping[int, int]
) -> JournalEntry | None:
    """The new entry, or None where the reference was posted before. Waits for a transaction that is posting it now."""
    row: dict[str, Any] = {
        "id": uuid7(),
        "kind": kind,
        "reference": reference,
        "currency": currency,
        "subject_id": subject_id,
        "memo": memo,
        "posted_at": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*row.values(), list(amounts.keys()), list(amounts.values())])
        inserted = cursor.rowcount > 0
    return JournalEntry.from_db(connection.alias, list(row), list(row.values())) if inserted else None


def _first_entry(
    kind: str, reference: str, currency: str, amounts: Mapping[int, int], subject_id: uuid.UUID | None
) -> JournalEntry:
    entry = JournalEntry.objects.get(reference=reference)
    same_legs = dict(entry.legs.values_list("account_id", "amount_minor")) == dict(amounts)
    if (entry.kind, entry.currency, entry.subject_id) != (kind, currency, subject_id) or not same_legs:
        raise Conflict("reference_reused", _("This reference was already used for another movement of money."))
    return entry


def _memo_length() -> int:
    return JournalEntry._meta.get_field("memo").max_length or 0
