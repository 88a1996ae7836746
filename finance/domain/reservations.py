"""Deposits and other money that is kept back for a subject: reserved, then posted (wholly or in part) or made void.

Reserved money can be neither refunded nor settled (finance.domain.escrow.held_for leaves it out) until it is decided
about; it is decided about once.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import Conflict, InvalidInput
from berth.kernel.money import Money
from finance.domain.escrow import held_for, not_held
from finance.domain.ledger import account, post
from finance.models import Account, JournalEntry, Reservation


def reserve(*, subject_id: uuid.UUID, reference: str, amount: Money, purpose: str) -> Reservation:
    """Keep back a part of what escrow holds for the subject. A repeated reference finds the first reservation.

    Raises InvalidInput (``reservation_amount``), Conflict (``escrow_insufficient``, ``reference_reused``).
    """
    if amount.minor <= 0:
        raise InvalidInput("reservation_amount", _("There is nothing to keep back."))
    escrow = account(Account.Kind.ESCROW, amount.currency)
    with transaction.atomic():
        held = held_for(subject_id, amount.currency)  # locks the subject's payments
        known = Reservation.objects.filter(reference=reference).first()
        if known is not None:
            if (known.subject_id, known.account_id, known.amount_minor) != (subject_id, escrow.pk, amount.minor):
                raise Conflict("reference_reused", _("This reference was already used for another reservation."))
            return known
        if held < amount.minor:
            raise not_held()
        return Reservation.objects.create(
            subject_id=subject_id, reference=reference, account=escrow, amount_minor=amount.minor, purpose=purpose[:200]
        )


def take(*, reference: str, to: Sequence[tuple[Account, int]], memo: str = "") -> Reservation:
    """Post the reservation: ``to`` is (account, minor units that it gains); what is not taken is free again.

    The same again changes nothing. Raises InvalidInput (``reservation_amount``) for nothing or more than was kept back,
    Conflict (``reservation_decided`` where it is void or was posted otherwise).
    """
    with transaction.atomic():
        kept = _locked(reference)
        total = sum(amount for _account, amount in to)
        if not 0 < total <= kept.amount_minor or any(amount <= 0 for _account, amount in to):
            raise InvalidInput("reservation_amount", _("This is nothing, or more than was kept back."))
        if kept.state == Reservation.State.VOID:
            raise _decided()
        entry = post(
            kind=JournalEntry.Kind.RESERVATION,
            reference=f"reservation:{reference}",
            currency=kept.account.currency,
            legs=[(kept.account, total), *((gainer, -amount) for gainer, amount in to)],
            subject_id=kept.subject_id,
            memo=memo or kept.purpose,
        )
        if kept.state == Reservation.State.PENDING:
            kept.state, kept.entry, kept.decided_at = Reservation.State.POSTED, entry, timezone.now()
            kept.save(update_fields=["state", "entry", "decided_at"])
    return kept


def give_free(*, reference: str) -> Reservation:
    """Make the reservation void. Twice is once. Raises Conflict (``reservation_decided``) where it was posted."""
    with transaction.atomic():
        kept = _locked(reference)
        if kept.state == Reservation.State.POSTED:
            raise _decided()
        if kept.state == Reservation.State.PENDING:
            kept.state, kept.decided_at = Reservation.State.VOID, timezone.now()
            kept.save(update_fields=["state", "decided_at"])
    return kept


def _locked(reference: str) -> Reservation:
    rows = Reservation.objects.select_for_update(no_key=True, of=["self"]).select_related("account")
    return rows.get(reference=reference)


def _decided() -> Conflict:
    return Conflict("reservation_decided", _("This reservation was decided about already."))
