"""Owners who have earned something, for the tests of payouts and statements."""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta

import time_machine
from django.contrib.auth.models import Permission
from django.utils import timezone

from finance.domain.ledger import account, post
from finance.domain.payout_destinations import set_destination
from finance.models import Account
from members.models import Member
from tests.finance.conftest import make_member

BANK_CARD = "6222020000000000018"
CLOSED_CARD = "6222020000000910000"
_numbers = itertools.count(1)


def earn(member: Member, amount: int, *, hours_ago: float = 72, subject_id: uuid.UUID | None = None) -> Account:
    """A settlement of the past, as if a stay had ended then."""
    earned, escrow = account("owner", "CNY", member=member), account("escrow", "CNY")
    with time_machine.travel(timezone.now() - timedelta(hours=hours_ago), tick=False):
        post(
            kind="settlement",
            reference=f"settle:{next(_numbers)}",
            currency="CNY",
            legs=[(escrow, amount), (earned, -amount)],
            subject_id=subject_id,
            memo=f"K7M2 A-12 {amount}",
        )
    return earned


def owner_with(amount: int, *, number: str = BANK_CARD, channel: str = "bank", hours_ago: float = 72) -> Member:
    """Who has earned this and said where to pay it."""
    member = make_member()
    earn(member, amount, hours_ago=hours_ago)
    set_destination(member=member, channel=channel, holder="李伟", number=number)
    return member


def treasurer(*codenames: str) -> Member:
    """Who may prepare and decide about payouts."""
    member = make_member("出纳")
    wanted = codenames or ("add_payoutrun", "decide_payoutrun")
    member.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    return member


def owned(member: Member) -> int:
    """What the member's account holds for them."""
    return -Account.objects.get(kind="owner", member=member).balance_minor
