"""Payout runs: prepared by one, looked at, approved by another. Approval takes the money off the earners' accounts."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from berth.kernel.errors import Conflict, NotAllowed
from finance.domain.ledger import account, post
from finance.domain.payout_release import Release, earned_before, earning_accounts, releases
from finance.models import Account, JournalEntry, Payout, PayoutDestination, PayoutRun
from finance.providers.registry import provider_for_payouts
from members.models import Member

log = logging.getLogger(__name__)

PREPARE, DECIDE = "finance.add_payoutrun", "finance.decide_payoutrun"


def prepare(*, currency: str, by: Member | None, now: datetime | None = None) -> PayoutRun | None:
    """What would be paid out now, to be looked at; None where nothing is due. ``by`` None: the weekly task.

    Raises NotAllowed, Conflict (``run_prepared`` while another one waits for its approval).
    """
    if by is not None and not by.has_perm(PREPARE):
        raise NotAllowed("payouts", _("You may not prepare payouts."))
    before = earned_before(now)
    with transaction.atomic():
        due = [release for release in releases(earning_accounts(currency), before=before) if _is_due(release)]
        destinations = _destinations(due)
        if not destinations:
            return None
        run = _new_run(currency, before, by)
        Payout.objects.bulk_create(
            [
                _planned(run, release, destinations[release.account.member_id])
                for release in due
                if release.account.member_id in destinations
            ]
        )
    return run


def currencies_owed() -> list[str]:
    """In which somebody has earned money that was not paid out."""
    owed = earning_accounts().filter(balance_minor__lt=0)
    return sorted(set(owed.values_list("currency", flat=True)))


def approve(*, run_id: uuid.UUID, by: Member) -> PayoutRun:
    """Let the money go: one entry takes it from the earners, one task for each payout sends it. Twice is once.

    What is no longer free (a hold, a correction) is left out and says so. Raises NotAllowed (also for the person who
    prepared it), Conflict (``run_decided``).
    """
    with transaction.atomic():
        run = _locked(run_id, by)
        if run.state == PayoutRun.State.APPROVED:
            return run
        if run.prepared_by_id == by.pk:
            raise NotAllowed("four_eyes", _("Somebody else has to approve what you prepared."))
        _decide(run, PayoutRun.State.APPROVED, by)
        going = _take_off_accounts(run)
        transaction.on_commit(partial(_send_soon, going), robust=True)
    return run


def discard(*, run_id: uuid.UUID, by: Member) -> PayoutRun:
    """Pay nothing of it; the next run plans anew. Twice is once. Raises NotAllowed, Conflict (``run_decided``)."""
    with transaction.atomic():
        run = _locked(run_id, by)
        if run.state == PayoutRun.State.DISCARDED:
            return run
        _decide(run, PayoutRun.State.DISCARDED, by)
        run.payouts.update(state=Payout.State.DROPPED, finished_at=timezone.now())
    return run


def _is_due(release: Release) -> bool:
    minimum: int = settings.PAYOUT_MINIMUM_MINOR.get(release.account.currency, 1)
    return release.free_minor >= minimum


def _destinations(due: Sequence[Release]) -> dict[int | None, PayoutDestination]:
    members = [release.account.member_id for release in due]
    return {each.member_id: each for each in PayoutDestination.objects.filter(member__in=members, retired_at=None)}


def _new_run(currency: str, before: datetime, by: Member | None) -> PayoutRun:
    try:
        with transaction.atomic():
            return PayoutRun.objects.create(currency=currency, earned_before=before, prepared_by=by)
    except IntegrityError as error:  # one_prepared_payout_run_per_currency
        raise Conflict("run_prepared", _("A payout run is waiting for approval already.")) from error


def _planned(run: PayoutRun, release: Release, destination: PayoutDestination) -> Payout:
    return Payout(
        run=run,
        account=release.account,
        destination=destination,
        provider=provider_for_payouts(destination.channel),
        amount_minor=release.free_minor,
    )


def _locked(run_id: uuid.UUID, by: Member) -> PayoutRun:
    if not by.has_perm(DECIDE):
        raise NotAllowed("payouts", _("You may not decide about payouts."))
    return PayoutRun.objects.select_for_update(no_key=True).get(pk=run_id)


def _decide(run: PayoutRun, state: str, by: Member) -> None:
    if run.state != PayoutRun.State.PREPARED:
        raise Conflict("run_decided", _("This payout run was decided about already."))
    run.state, run.decided_by, run.decided_at = state, by, timezone.now()
    run.save(update_fields=["state", "decided_by", "decided_at"])


def _take_off_accounts(run: PayoutRun) -> list[uuid.UUID]:
    """Post the run and mark its payouts as sending; the ids of those that go."""
    transit = account(Account.Kind.PAYOUT_TRANSIT, run.currency)
    payouts = list(run.payouts.select_related("account"))
    keys = [transit.pk, *(payout.account_id for payout in payouts)]
    list(Account.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    free = {
        release.account.pk: release.free_minor
        for release in releases(Account.objects.filter(pk__in=keys[1:]), before=run.earned_before)
    }
    going = [payout for payout in payouts if free[payout.account_id] >= payout.amount_minor]
    left_out = [payout.pk for payout in payouts if payout not in going]
    run.payouts.filter(pk__in=left_out).update(
        state=Payout.State.DROPPED, reason="no longer free to be paid out", finished_at=timezone.now()
    )
    run.payouts.filter(pk__in=[payout.pk for payout in going]).update(state=Payout.State.SENDING)
    if going:
        total = sum(payout.amount_minor for payout in going)
        post(
            kind=JournalEntry.Kind.PAYOUT,
            reference=f"payout-run:{run.pk}",
            currency=run.currency,
            legs=[*((payout.account, payout.amount_minor) for payout in going), (transit, -total)],
        )
    return [payout.pk for payout in going]


def _send_soon(payouts: Sequence[uuid.UUID]) -> None:
    try:
        for payout_id in payouts:
            current_app.send_task("finance.tasks.send_payout", [str(payout_id)], retry=False)
    except OperationalError as error:
        log.warning("payouts wait for the sweep: %s", error)
