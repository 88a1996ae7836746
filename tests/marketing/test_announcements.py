"""News: on the site from its publication to its end, in the reader's language, as text."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from berth.kernel.errors import Conflict
from lots.models import Lot
from marketing.domain.announcements import publish, withdraw
from marketing.models import Announcement
from marketing.queries import current_announcements
from members.models import Member

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
URL = "/announcements/"


def announce(**fields: Any) -> Announcement:
    texts = {"title_zh": "夜间施工", "title_en": "Works at night", "body_zh": "请绕行。", "body_en": "Please go round."}
    return Announcement.objects.create(**{**texts, "published_at": timezone.now() - HOUR, **fields})


def make_lot(code: str = "yijing") -> Lot:
    names = {"kind": "residential", "name_zh": "怡景花园", "name_en": "Yijing", "address_zh": "天河路 1 号"}
    return Lot.objects.create(code=code, latitude=23.1, longitude=113.3, published=True, **names)


@pytest.fixture
def english(client: Client) -> Client:
    client.cookies["django_language"] = "en"
    return client


def test_list_says_when_there_is_nothing(english: Client) -> None:
    assert "No news at the moment" in english.get(URL).content.decode()


def test_list_and_page_speak_the_readers_language(client: Client) -> None:
    one = announce()
    chinese = client.get(URL).content.decode()
    assert ("夜间施工" in chinese, "Works at night" in chinese, "公告" in chinese) == (True, False, True)
    client.cookies["django_language"] = "en"
    page = client.get(f"{URL}{one.pk}/").content.decode()
    assert ("Works at night" in page, "Please go round." in page, "请绕行" in page) == (True, True, False)


def test_untranslated_news_is_shown_as_it_is(english: Client) -> None:
    announce(title_en="", body_en="")
    assert "夜间施工" in english.get(URL).content.decode()


@pytest.mark.parametrize(
    "times",
    [
        {"published_at": None},
        {"published_at": timezone.now() + HOUR * 24 * 365},
        {"published_at": timezone.now() - 2 * HOUR, "expires_at": timezone.now() - HOUR},
    ],
    ids=["draft", "future", "expired"],
)
def test_what_is_not_on_is_neither_listed_nor_found(english: Client, times: dict[str, Any]) -> None:
    one = announce(**times)
    assert "Works at night" not in english.get(URL).content.decode()
    assert english.get(f"{URL}{one.pk}/").status_code == 404


def test_pinned_first_then_the_newest() -> None:
    old, new = announce(published_at=timezone.now() - 3 * HOUR), announce(published_at=timezone.now() - 2 * HOUR)
    pinned = announce(pinned=True, published_at=timezone.now() - 9 * HOUR)
    assert list(current_announcements()) == [pinned, new, old]


def test_lot_shows_its_own_news_and_everyones() -> None:
    here, there = make_lot("here"), make_lot("there")
    everyone, own, _other = announce(), announce(lot=here), announce(lot=there)
    assert set(current_announcements(lot=here)) == {everyone, own}


def test_texts_are_text_and_never_markup(english: Client) -> None:
    one = announce(title_en="<script>x</script>", body_en="<img src=x>\n\nSecond paragraph")
    for url in (URL, f"{URL}{one.pk}/"):
        html = english.get(url).content.decode()
        assert ("<script>x" in html, "<img src=x" in html) == (False, False)
    assert "<p>Second paragraph</p>" in english.get(f"{URL}{one.pk}/").content.decode()


@pytest.mark.parametrize("path", ["0/", "999/", "x/", "99999999999999999999999/", "1"])
def test_strange_addresses_are_not_found(english: Client, path: str) -> None:
    assert english.get(URL + path, follow=True).status_code == 404


def test_list_asks_the_database_as_often_for_three_as_for_one(
    english: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    announce(lot=make_lot("one"))
    with django_assert_num_queries(2):
        english.get(URL)
    announce(lot=make_lot("two"))
    announce()
    with django_assert_num_queries(2):
        english.get(URL)


def test_end_before_publication_is_refused_by_the_database() -> None:
    with pytest.raises(IntegrityError):
        announce(expires_at=timezone.now() - 2 * HOUR)


def test_publish_and_withdraw() -> None:
    draft = announce(published_at=None)
    first = publish(announcement=draft).published_at
    assert publish(announcement=draft).published_at == first
    assert list(current_announcements()) == [draft]
    withdraw(announcement=draft)
    assert not current_announcements().exists()


def test_publish_of_what_has_expired_is_refused() -> None:
    with pytest.raises(Conflict) as refused:
        publish(announcement=announce(published_at=None, expires_at=timezone.now() - HOUR))
    assert refused.value.code == "announcement_expired"


class TestBackOffice:
    listing = reverse("admin:marketing_announcement_changelist")
    new = reverse("admin:marketing_announcement_add")

    @pytest.fixture
    def office(self, english: Client) -> Client:
        english.force_login(Member.objects.create_superuser("admin", "admin@berth.example", "a long password"))
        return english

    def written(self, **fields: str) -> dict[str, str]:
        return {"title_zh": "新公告", "body_zh": "内容", "title_en": "", "body_en": "", **fields}

    def test_news_is_written_and_searched(self, office: Client) -> None:
        assert office.post(self.new, self.written()).status_code == 302
        assert "新公告" in office.get(self.listing, {"q": "新公"}).content.decode()

    def test_end_before_publication_is_told_beside_the_field(self, office: Client) -> None:
        times = {"published_at_0": "2026-11-02", "published_at_1": "10:00"}
        ends = {"expires_at_0": "2026-11-01", "expires_at_1": "10:00"}
        html = office.post(self.new, self.written(**times, **ends)).content.decode()
        assert ("The end must be after the publication." in html, Announcement.objects.count()) == (True, 0)

    def test_half_a_translation_is_refused(self, office: Client) -> None:
        html = office.post(self.new, self.written(title_en="News")).content.decode()
        assert ("Give title and text in English" in html, Announcement.objects.count()) == (True, 0)

    def test_actions_publish_and_withdraw(self, office: Client) -> None:
        draft = announce(published_at=None)
        expired = announce(published_at=None, expires_at=timezone.now() - HOUR)
        chosen = [str(draft.pk), str(expired.pk)]
        answer = office.post(self.listing, {"action": "publish", "_selected_action": chosen}, follow=True)
        html = answer.content.decode()
        assert ("1 announcement changed." in html, "Its end has passed" in html) == (True, True)
        assert list(current_announcements()) == [draft]
        office.post(self.listing, {"action": "withdraw", "_selected_action": chosen})
        assert not current_announcements().exists()
