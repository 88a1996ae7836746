"""What the ledger's benchmark writes and reads; imported once Django is set up."""

from __future__ import annotations

import itertools
from collections import deque
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from berth.kernel.ids import uuid7
from finance.domain.ledger import account, post
from finance.models import Account, JournalEntry, Leg
from finance.queries import trial_balance
from finance.statements import Statement, statement_of
from finance.statements.spreadsheets import csv_of
from lots.models import Lot
from members.models import Member

LEGS = (1500, -1125, -150, -225)
"""A settlement of 15.00: escrow, owner, lot's manager, platform."""
INSERT_ENTRY = """
INSERT INTO finance_journalentry (id, kind, reference, currency, subject_id, memo, posted_at, transaction_id)
VALUES (%s, 'settlement', %s, 'CNY', %s, 'bench', %s, 0)
"""
INSERT_LEGS = f"INSERT INTO finance_leg (entry_id, account_id, amount_minor) VALUES {', '.join(['(%s, %s, %s)'] * 4)}"

FILL = """
WITH entries AS (
    INSERT INTO finance_journalentry (id, kind, reference, currency, subject_id, memo, posted_at, transaction_id)
    SELECT gen_random_uuid(), 'settlement', 'statement:' || n, 'CNY', gen_random_uuid(),
        'K7M2Q9TX A-12 2026-11-23 08:30', now() - n * interval '1 minute', 0
    FROM generate_series(1, %s) AS n RETURNING id
)
INSERT INTO finance_leg (entry_id, account_id, amount_minor)
SELECT entries.id, leg.account, leg.amount FROM entries, (VALUES (%s, 1125), (%s, -1125)) AS leg (account, amount)
"""


class Books:
    """Four accounts, and two ways to write a settlement to them."""

    def __init__(self) -> None:
        kind = Account.Kind
        owner = Member.objects.create(display_name="李伟", email="owner@bench.example")
        lot = Lot.objects.create(
            code="bench", kind="public", name_zh="测试", address_zh="测试", latitude=23, longitude=113
        )
        self.accounts = [
            account(kind.ESCROW, "CNY"),
            account(kind.OWNER, "CNY", member=owner),
            account(kind.LOT_MANAGER, "CNY", lot=lot),
            account(kind.REVENUE, "CNY"),
        ]
        self._numbers = itertools.count()
        self._expected = 0

    def post(self, times: int) -> None:
        """By the domain function."""
        for _time in range(times):
            post(
                kind=JournalEntry.Kind.SETTLEMENT,
                reference=f"bench:{next(self._numbers)}",
                currency="CNY",
                legs=list(zip(self.accounts, LEGS, strict=True)),
                subject_id=uuid7(),
                memo="bench",
            )
        self._expected += times

    def insert(self, times: int) -> None:
        """The same rows by two statements in a transaction."""
        pairs = list(zip(self.accounts, LEGS, strict=True))
        for _time in range(times):
            entry = str(uuid7())
            with transaction.atomic(), connection.cursor() as cursor:
                reference = f"bench:{next(self._numbers)}"
                cursor.execute(INSERT_ENTRY, [entry, reference, str(uuid7()), timezone.now()])
                cursor.execute(INSERT_LEGS, [value for holder, sum_ in pairs for value in (entry, holder.pk, sum_)])
        self._expected += times

    def check(self) -> None:
        """A benchmark of postings that are not there would be worth nothing."""
        posted, legs = JournalEntry.objects.count(), Leg.objects.count()
        if posted != self._expected or legs != 4 * posted or any(trial_balance().values()):
            raise SystemExit(f"{posted} entries with {legs} legs instead of {self._expected}, or they do not balance")


def balance_by_domain() -> int:
    """The platform's revenue, as the application reads it."""
    return account(Account.Kind.REVENUE, "CNY").balance_minor


def balance_by_key() -> int:
    """A balance by bare SQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT balance_minor FROM finance_account WHERE id = 1")
        return int(cursor.fetchone()[0])


def fill_statement(legs: int) -> Account:
    """An owner with as many earnings, written by one statement."""
    owner = Member.objects.create(display_name="王芳", email="statement@bench.example")
    earned, escrow = account(Account.Kind.OWNER, "CNY", member=owner), account(Account.Kind.ESCROW, "CNY")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FILL, [legs, escrow.pk, earned.pk])
    return earned


def bare_statement(earned: Account) -> None:
    """The same rows by bare SQL, in memory."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT entry.posted_at, entry.kind, entry.reference, entry.memo, leg.amount_minor
            FROM finance_leg AS leg JOIN finance_journalentry AS entry ON entry.id = leg.entry_id
            WHERE leg.account_id = %s ORDER BY entry.posted_at, leg.id
            """,
            [earned.pk],
        )
        deque(cursor, maxlen=0)


def stream_statement(earned: Account, legs: int) -> None:
    """Read to the end, a piece at a time."""
    lines = sum(piece.count("\n") for piece in csv_of(_whole(earned)))
    if lines != legs + 2:
        raise SystemExit(f"{lines} lines for {legs} legs")


def _whole(earned: Account) -> Statement:
    now = timezone.now()
    return statement_of(earned, begin=now - timedelta(days=3650), end=now + timedelta(days=1))
