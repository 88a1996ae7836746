"""The owner's page of payouts, statements as files, and the back office's run."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from finance.domain import payout_runs
from finance.models import Account, Payout, PayoutDestination, PayoutRun
from finance.statements import statement_of
from finance.statements.spreadsheets import inert
from members.models import Member
from tests.finance.conftest import make_member
from tests.finance.earning import BANK_CARD, earn, owner_with, treasurer

pytestmark = pytest.mark.django_db


def signed_in(member: Member) -> Client:
    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    return client


def days() -> str:
    today = timezone.localdate()
    return f"first={today - timedelta(days=30)}&last={today}"


def test_the_page_says_what_is_ready_and_what_waits() -> None:
    owner = owner_with(12_500)
    earn(owner, 3_000, hours_ago=1)
    page = signed_in(owner).get("/owner/payouts/", headers={"accept-language": "en"}).content.decode()
    assert re.search(r"Ready to be paid out.*?125\.00", page, re.DOTALL)
    assert re.search(r"In the problem window.*?30\.00", page, re.DOTALL)
    assert f"···{BANK_CARD[-4:]}" in page
    assert BANK_CARD not in page


def test_nothing_earned_is_an_honest_empty_page() -> None:
    page = signed_in(make_member()).get("/owner/payouts/", headers={"accept-language": "en"})
    assert "Nothing to pay out yet" in page.content.decode()


def test_a_destination_is_saved_and_a_wrong_one_is_marked() -> None:
    member = make_member()
    client = signed_in(member)
    data = {"channel": "bank", "holder": "李伟", "number": BANK_CARD[:-1] + "7"}
    refused = client.post("/owner/payouts/destination/", data, headers={"accept-language": "en"})
    assert (refused.status_code, PayoutDestination.objects.count()) == (422, 0)
    assert "typing mistake" in refused.content.decode()
    assert client.post("/owner/payouts/destination/", {**data, "number": BANK_CARD}).status_code == 302
    assert PayoutDestination.objects.get().member == member


def test_a_statement_has_each_movement_and_its_balance() -> None:
    owner = make_member()
    account = earn(owner, 1_000, hours_ago=90)
    earn(owner, 250, hours_ago=80)
    client = signed_in(owner)
    text = b"".join(client.get(f"/owner/statements/{account.pk}.csv?{days()}").streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[3:6] for row in rows[2:]] == [["10.00", "10.00", "CNY"], ["2.50", "12.50", "CNY"]]
    workbook = client.get(f"/owner/statements/{account.pk}.xlsx?{days()}")
    sheet = load_workbook(io.BytesIO(b"".join(workbook.streaming_content))).active
    assert [row[4] for row in sheet.iter_rows(min_row=3, values_only=True)] == [10, 12.5]
    pdf = b"".join(client.get(f"/owner/statements/{account.pk}.pdf?{days()}").streaming_content)
    assert pdf.startswith(b"%PDF-")
    assert b"STSong-Light" in pdf


def test_a_statement_begins_with_what_was_there_before() -> None:
    owner = make_member()
    account = earn(owner, 1_000, hours_ago=90)
    earn(owner, 250, hours_ago=10)
    now = timezone.now()
    statement = statement_of(account, begin=now - timedelta(hours=50), end=now)
    assert (statement.opening_minor, statement.closing_minor) == (1_000, 1_250)
    assert [line.balance_minor for line in statement.lines()] == [1_250]


def test_another_members_statement_does_not_exist() -> None:
    account = earn(make_member(), 1_000)
    for form in ("csv", "xlsx", "pdf"):
        assert signed_in(make_member()).get(f"/owner/statements/{account.pk}.{form}?{days()}").status_code == 404
    assert Client().get(f"/owner/statements/{account.pk}.csv?{days()}").status_code == 302


@pytest.mark.parametrize(
    "query", ["", "first=x&last=y", "first=2026-11-02&last=2026-11-01", "first=2020-01-01&last=2026-01-01"]
)
def test_days_that_make_no_statement_are_marked(query: str) -> None:
    owner = make_member()
    account = earn(owner, 1_000)
    assert signed_in(owner).get(f"/owner/statements/{account.pk}.csv?{query}").status_code == 400


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_no_memo_is_a_formula(text: str) -> None:
    assert inert(text) == f"'{text}"
    assert inert("A-12") == "A-12"


def staff(*codenames: str) -> Member:
    member = treasurer(*codenames)
    member.user_permissions.add(
        *Permission.objects.filter(codename__startswith="view_", content_type__app_label="finance")
    )
    member.is_staff = True
    member.save()
    return member


def test_the_back_office_prepares_and_another_person_approves() -> None:
    owner_with(12_500)
    first, second = signed_in(staff("add_payoutrun", "decide_payoutrun")), signed_in(staff("decide_payoutrun"))
    assert first.post("/admin/finance/payoutrun/prepare/", follow=True).status_code == 200
    run = PayoutRun.objects.get()
    page = f"/admin/finance/payoutrun/{run.pk}/"
    assert "125.00 CNY" in first.get(f"{page}change/").content.decode()
    first.post(f"{page}approve/", follow=True)
    run.refresh_from_db()
    assert run.state == "prepared"
    second.post(f"{page}approve/", follow=True)
    run.refresh_from_db()
    assert (run.state, Payout.objects.get().state) == ("approved", "sending")


@pytest.mark.parametrize("path", ["prepare/", "{run}/approve/", "{run}/discard/"])
def test_the_back_office_refuses_who_may_not(path: str) -> None:
    owner = owner_with(12_500)
    run = payout_runs.prepare(currency="CNY", by=None)
    assert run is not None
    url = f"/admin/finance/payoutrun/{path.format(run=run.pk)}"
    signed_in(owner).post(url)
    signed_in(staff("view_payoutrun")).post(url)
    run.refresh_from_db()
    assert (run.state, PayoutRun.objects.count()) == ("prepared", 1)
    assert signed_in(staff("decide_payoutrun")).get(url).status_code == 405
    assert Account.objects.get(kind="owner").balance_minor == -12_500
