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
from finance.models import Account, JournalEntry, Leg, Payment, PaymentNotification, Refund
from members.models import Member

pytestmark = pytest.mark.django_db
MODELS = [Account, JournalEntry, Leg, Payment, PaymentNotification, Refund]


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
    return {**found, PaymentNotification: told, Refund: back}


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
    assert registered == set(MODELS)


def test_entries_show_their_legs_and_the_trial_balance(office: Client, objects: dict[type, object]) -> None:
    listing = office.get(reverse("admin:finance_journalentry_changelist")).content.decode()
    assert ("The books balance: 0.00 CNY" in listing, "1,250.00 CNY" in listing) == (True, True)
    key = objects[JournalEntry].pk  # type: ignore[attr-defined]
    page = office.get(reverse("admin:finance_journalentry_change", args=[key])).content.decode()
    assert ("-1,250.00 CNY" in page, "provider clearing sandbox CNY" in page) == (True, True)
