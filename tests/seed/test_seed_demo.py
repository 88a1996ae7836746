"""manage.py seed_demo."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.test import Client
from django.utils import timezone

from berth.seed.visits import VISITS
from finance.models import JournalEntry, Payment
from finance.queries import trial_balance
from lots.models import Listing, Spot
from marketing.models import Announcement
from members.models import Member
from trading.domain import timeline
from trading.models import Booking, BookingState, Stay

pytestmark = pytest.mark.django_db


def seed() -> dict[str, object]:
    out = StringIO()
    call_command("seed_demo", json=True, stdout=out)
    report: dict[str, object] = json.loads(out.getvalue())
    return report


def test_history_is_lived_through_and_the_books_balance() -> None:
    seed()
    counts = dict(Booking.objects.values_list("state").annotate(Count("pk")))
    assert counts == {
        BookingState.COMPLETED: len([visit for visit in VISITS if visit.outcome == "parked"]),
        BookingState.NO_SHOW: 1,
        BookingState.CANCELLED: 1,
        BookingState.CONFIRMED: 3,
    }
    assert Stay.objects.exclude(left_at=None).count() == counts[BookingState.COMPLETED]
    assert trial_balance() == {"CNY": 0}
    assert all(timeline.verify(booking) for booking in Booking.objects.all())
    assert JournalEntry.objects.filter(posted_at__lt=timezone.now() - timedelta(days=25)).exists()


def test_cashier_is_told_of_every_payment_of_the_past(tmp_path: Path) -> None:
    file = tmp_path / "past.json"
    call_command("seed_demo", past_payments=file, stdout=StringIO())
    paid = Payment.objects.filter(state=Payment.State.SUCCEEDED)
    told = {(order["id"], order["number"], order["amount_minor"]) for order in json.loads(file.read_text())}
    assert told == {(str(one.pk), one.provider_reference, one.amount_minor) for one in paid}
    assert len(told) == len([visit for visit in VISITS if visit.outcome != "abandoned"])


def test_second_run_changes_nothing_and_keeps_what_people_did() -> None:
    first = seed()
    owner = Spot.objects.get(lot__code="yijing", code="B-03").owner
    Listing.objects.filter(spot__code="B-03", spot__lot__code="yijing").update(state="withdrawn")
    Member.objects.filter(pk=owner.pk).update(display_name="改名", phone="+8613700000001")  # type: ignore[union-attr]
    Announcement.objects.all()[:1].get().delete()
    assert seed() == first
    assert Listing.objects.filter(spot__code="B-03", spot__lot__code="yijing").count() == 1
    assert Member.objects.get(pk=owner.pk).display_name == "改名"  # type: ignore[union-attr]
    assert Announcement.objects.count() == 3


def test_sign_in_table_lets_people_in(client: Client) -> None:
    report = seed()
    table = {row["role"]: row for row in report["sign_ins"]}  # type: ignore[index, attr-defined]
    assert table["renter"]["phone"] == "13800000002"
    assert table["owner of yijing A-12"]["email"] == "owner@berth.example"
    boss = table["back office"]
    assert client.login(username=boss["email"], password=boss["password"])


def test_table_for_people_names_everyone() -> None:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    assert "13800000003" in out.getvalue()
    assert "admin@berth.example" in out.getvalue()


def test_seed_runs_in_the_demo_only(settings: object) -> None:
    settings.DEMO = False  # type: ignore[attr-defined]
    with pytest.raises(CommandError):
        call_command("seed_demo")
    assert not Member.objects.exists()
