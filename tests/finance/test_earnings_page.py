"""The owner's earnings: the right sums, one's own only, in both languages."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from berth.kernel.money import Money
from finance.domain.ledger import account, post
from finance.domain.settlement import settle
from finance.queries import Step, earnings_of
from lots.models import Lot
from members.models import Member

pytestmark = pytest.mark.django_db
URL = "/owner/earnings/"


def earn(owner: Member, lot: Lot, amount: int, *, memo: str = "K7M2Q9TX · A-12", currency: str = "CNY") -> None:
    subject = uuid.uuid4()
    clearing, escrow = account("provider_clearing", currency, provider="sandbox"), account("escrow", currency)
    legs = [(clearing, amount), (escrow, -amount)]
    post(kind="charge", reference=f"charge:{subject}", currency=currency, legs=legs, subject_id=subject)
    settle(subject_id=subject, lot=lot, owner=owner, amount=Money(amount, currency), fee_minor=0, memo=memo)


@pytest.fixture
def visitor(owner: Member, client: Client) -> Client:
    client.force_login(owner)
    client.cookies["django_language"] = "en"
    return client


def test_nothing_earned_is_said_honestly(visitor: Client) -> None:
    html = visitor.get(URL).content.decode()
    assert ("Nothing earned yet" in html, "chart__" in html) == (True, False)


def test_settled_bookings_are_listed_with_their_shares(visitor: Client, owner: Member, lot: Lot) -> None:
    earn(owner, lot, 4000)
    html = visitor.get(URL).content.decode()
    for text in ("K7M2Q9TX", "A-12", "¥30.00", "¥40.00", "−¥4.00", "−¥6.00"):
        assert text in html
    assert html.count("price__lines") == 1


def test_others_earnings_are_not_shown(visitor: Client, renter: Member, lot: Lot) -> None:
    earn(renter, lot, 4000, memo="SECRET99")
    html = visitor.get(URL).content.decode()
    assert ("SECRET99" in html, "Nothing earned yet" in html) == (False, True)


def test_anonymous_is_asked_to_sign_in(client: Client) -> None:
    answer = client.get(URL)
    assert (answer.status_code, answer["Location"].split("?")[1]) == (302, f"next={URL}")


def test_page_is_chinese_by_default(owner: Member, lot: Lot, client: Client) -> None:
    client.force_login(owner)
    earn(owner, lot, 4000)
    html = client.get(URL).content.decode()
    for text in ("收入", "本月收入", "累计收入", "按天", "按周", "¥30.00"):
        assert text in html


def test_each_currency_has_its_own_numbers(visitor: Client, owner: Member, lot: Lot) -> None:
    earn(owner, lot, 4000)
    earn(owner, lot, 1000, currency="EUR")
    html = visitor.get(URL).content.decode()
    assert ("¥30.00" in html, "€7.50" in html, html.count("Earned this month")) == (True, True, 2)


def test_sums_by_day_and_week_are_of_the_local_calendar(owner: Member, lot: Lot) -> None:
    """2026-11-01 00:30 in Shanghai is still October in UTC, and a Sunday: the last day of its week."""
    for moment in ("2026-10-31T15:30", "2026-10-31T16:30", "2026-11-02T02:00"):
        with time_machine.travel(datetime.fromisoformat(moment).replace(tzinfo=UTC), tick=False):
            earn(owner, lot, 4000)
    now = datetime(2026, 11, 3, 4, tzinfo=UTC)
    (by_day,) = earnings_of(owner, now=now)
    assert (by_day.currency, by_day.total_minor, by_day.month_minor, by_day.settled) == ("CNY", 9000, 6000, 3)
    earned = {bar.begins: bar.amount_minor for bar in by_day.bars if bar.amount_minor}
    assert earned == {date(2026, 10, 31): 3000, date(2026, 11, 1): 3000, date(2026, 11, 2): 3000}
    assert (len(by_day.bars), by_day.bars[-1].begins) == (14, date(2026, 11, 3))
    (by_week,) = earnings_of(owner, step=Step.WEEK, now=now)
    assert [(bar.begins, bar.amount_minor) for bar in by_week.bars[-2:]] == [
        (date(2026, 10, 26), 6000),
        (date(2026, 11, 2), 3000),
    ]


def test_query_count_does_not_grow_with_the_list(
    visitor: Client, owner: Member, lot: Lot, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    earn(owner, lot, 1000)
    with CaptureQueriesContext(connection) as one:
        visitor.get(URL)
    for _number in range(2):
        earn(owner, lot, 1000)
    with django_assert_num_queries(len(one)):
        visitor.get(URL)


def test_long_lists_have_pages(visitor: Client, owner: Member, lot: Lot) -> None:
    for number in range(21):
        earn(owner, lot, 1000, memo=f"booking {number:02}.")
    first, second = (visitor.get(f"{URL}?page={number}").content.decode() for number in (1, 2))
    assert ("booking 20." in first, "booking 00." in first, "booking 00." in second) == (True, False, True)


@pytest.mark.parametrize("query", ["?by=year", "?page=x", "?page=0", "?by=week&page=99", "?by=%00"])
def test_strange_questions_get_the_usual_page(visitor: Client, query: str) -> None:
    assert visitor.get(URL + query).status_code == 200
