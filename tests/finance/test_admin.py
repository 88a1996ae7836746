"""The back office reads money and never writes it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from finance.domain.ledger import post
from finance.domain.payout_runs import prepare
from finance.models import (
    Account,
    Difference,
    JournalEntry,
    Leg,
    Payment,
    PaymentNotification,
    Payout,
    PayoutDestination,
    PayoutHold,
    PayoutRun,
    Reconciliation,
    Refund,
    Reservation,
)
from members.models import Member
from tests.finance.earning import owner_with

pytestmark = pytest.mark.django_db
MODELS = [
    Account, JournalEntry, Leg, Payment, PaymentNotification, Refund, PayoutRun, Payout, PayoutDestination, PayoutHold,
    Reconciliation, Reservation,
]  # fmt: skip


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(Member.objects.create_superuser("admin", "admin@berth.example", "a long password"))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def objects(clearing: Account, escrow: Account, renter: Member) -> dict[type, object]:
    entry = post(kind="charge", reference="charge:1", currency="CNY", legs=[(clearing, 125000), (escrow, -125000)])
    payment = Payment.objects.create(
        provider="sandbox",
        payer=renter,
        subject_id=uuid.uuid4(),
        title="A-12",
        amount_minor=125000,
        currency="CNY",
        expires_at=timezone.now() + timedelta(minutes=5),
    )
    told = PaymentNotification.objects.create(provider="sandbox", body="{}", outcome="rejected", payment=payment)
    back = Refund.objects.create(payment=payment, reference="refund:1", amount_minor=5, reason="")
    found = {Account: escrow, JournalEntry: entry, Leg: entry.legs.first(), Payment: payment}
    return {**found, PaymentNotification: told, Refund: back, **paying_out()}


def paying_out() -> dict[type, object]:
    owner = owner_with(125_000)
    run, account = prepare(currency="CNY", by=None), Account.objects.get(kind="owner", member=owner)
    hold = PayoutHold.objects.create(subject_id=uuid.uuid4(), account=account, amount_minor=1, reason="dispute")
    day = Reconciliation.objects.create(provider="sandbox", day="2026-11-21", compared_at=timezone.now())
    destination = PayoutDestination.objects.get()
    escrow = Account.objects.get(kind="escrow")
    kept = Reservation.objects.create(
        reference="deposit:1", account=escrow, subject_id=uuid.uuid4(), amount_minor=5, purpose="deposit"
    )
    return {
        Reservation: kept,
        PayoutRun: run,
        Payout: Payout.objects.get(),
        PayoutDestination: destination,
        PayoutHold: hold,
        Reconciliation: day,
    }


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_pages_are_shown_and_searchable(office: Client, objects: dict[type, object], model: type) -> None:
    name = model._meta.model_name  # type: ignore[attr-defined]
    listing = reverse(f"admin:finance_{name}_changelist")
    assert office.get(listing).status_code == 200
    for query in ("charge", "A-12", str(uuid.uuid4()), "1", "\x00", "陈静"):
        assert office.get(listing, {"q": query}).status_code == 200
    assert office.get(reverse(f"admin:finance_{name}_change", args=[objects[model].pk])).status_code == 200  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", MODELS)
def test_nothing_can_be_added_changed_or_deleted(office: Client, objects: dict[type, object], model: type) -> None:
    name, key = model._meta.model_name, objects[model].pk  # type: ignore[attr-defined]
    assert office.get(reverse(f"admin:finance_{name}_add")).status_code == 403
    assert office.post(reverse(f"admin:finance_{name}_change", args=[key]), {"memo": "x"}).status_code == 403
    assert office.post(reverse(f"admin:finance_{name}_delete", args=[key]), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [str(key)], "post": "yes"}
    office.post(reverse(f"admin:finance_{name}_changelist"), chosen)
    assert model.objects.filter(pk=key).exists()  # type: ignore[attr-defined]


def test_every_model_is_registered() -> None:
    registered = {model for model in admin.site._registry if model._meta.app_label == "finance"}
    assert registered == {*MODELS, Difference}


def test_a_difference_is_resolved_by_its_note_and_then_closed_to_writing(office: Client) -> None:
    day = Reconciliation.objects.create(provider="sandbox", day="2026-11-21", compared_at=timezone.now())
    case = Difference.objects.create(reconciliation=day, kind="amount", reference="payment:1", currency="CNY")
    page = reverse("admin:finance_difference_change", args=[case.pk])
    listing = reverse("admin:finance_difference_changelist")
    office.post(listing, {"action": "take", "_selected_action": [case.pk]})
    assert Difference.objects.get().assignee is not None
    assert office.post(page, {"note": "The bank had lost it."}).status_code == 302
    assert (Difference.objects.get().note, Difference.objects.get().resolved_at is None) == (
        "The bank had lost it.",
        False,
    )
    assert office.post(page, {"note": "again"}).status_code == 403


def test_entries_show_their_legs_and_the_trial_balance(office: Client, objects: dict[type, object]) -> None:
    listing = office.get(reverse("admin:finance_journalentry_changelist")).content.decode()
    assert ("The books balance: 0.00 CNY" in listing, "1,250.00 CNY" in listing) == (True, True)
    key = objects[JournalEntry].pk  # type: ignore[attr-defined]
    page = office.get(reverse("admin:finance_journalentry_change", args=[key])).content.decode()
    assert ("-1,250.00 CNY" in page, "provider clearing sandbox CNY" in page) == (True, True)
