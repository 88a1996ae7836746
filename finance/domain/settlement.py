"""Evidence of use is in: what was held goes to the owner, the lot's manager and the platform."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import Conflict, InvalidInput
from berth.kernel.money import Money, split
from finance.domain.escrow import held_for, not_held
from finance.domain.ledger import account, post
from finance.models import Account, JournalEntry
from lots.models import Lot
from members.models import Member


def settle(
    *, subject_id: uuid.UUID, lot: Lot, owner: Member, amount: Money, fee_minor: int, memo: str = ""
) -> JournalEntry:
    """Split ``amount`` (fee included) out of escrow by the lot's shares; the fee goes to the platform whole. Once.

    ``memo`` is what the owner reads in the earnings list (booking reference, spot, time). Where the lot has no manager,
    the manager's share waits on the lot's own account. Raises InvalidInput (``settlement_amount``), Conflict
    (``reference_reused`` for another amount, ``escrow_insufficient``).
    """
    if not 0 <= fee_minor <= amount.minor or amount.minor == 0:
        raise InvalidInput("settlement_amount", _("There is nothing to settle, or the fee is more than the price."))
    reference = f"settle:{subject_id}"
    with transaction.atomic():
        held = held_for(subject_id, amount.currency)
        first = JournalEntry.objects.filter(reference=reference).first()
        if first is not None:
            return _same(first, amount)
        if held < amount.minor:
            raise not_held()
        return post(
            kind=JournalEntry.Kind.SETTLEMENT,
            reference=reference,
            currency=amount.currency,
            legs=_legs(lot, owner, amount, fee_minor),
            subject_id=subject_id,
            memo=memo,
        )


def _legs(lot: Lot, owner: Member, amount: Money, fee_minor: int) -> list[tuple[Account, int]]:
    """Escrow debit, the others credit; a share of nothing has no leg."""
    kind, currency = Account.Kind, amount.currency
    weights = [lot.owner_share_bp, lot.manager_share_bp, lot.platform_share_bp]
    owners, managers, platforms = split(amount.minor - fee_minor, weights)
    legs = [(account(kind.ESCROW, currency), amount.minor)]
    if owners:
        legs.append((account(kind.OWNER, currency, member=owner), -owners))
    if managers:
        legs.append((account(kind.LOT_MANAGER, currency, member=lot.manager, lot=lot), -managers))
    if platforms:
        legs.append((account(kind.REVENUE, currency), -platforms))
    if fee_minor:
        legs.append((account(kind.FEES, currency), -fee_minor))
    return legs


def _same(first: JournalEntry, amount: Money) -> JournalEntry:
    held = first.legs.get(account__kind=Account.Kind.ESCROW)
    if (held.amount_minor, first.currency) != (amount.minor, amount.currency):
        raise Conflict("reference_reused", _("This was already settled with another amount."))
    return first
