"""A member's own page."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from berth.kernel.errors import Conflict
from members.domain.accounts import set_contact, sign_in_or_up
from members.domain.contact import Contact, read_contact
from members.models import Member
from tests.members.test_sign_in import newest_code, wrong_code

pytestmark = pytest.mark.django_db
COOKIE = "django_language"


def test_name_and_language_are_kept(client: Client, member: Member) -> None:
    response = client.post(reverse("account"), {"display_name": " 芳芳 ", "language": "en"})
    assert response.cookies[COOKIE].value == "en"
    member.refresh_from_db()
    assert (member.display_name, member.language) == ("芳芳", "en")
    assert "My account" in client.get(reverse("account")).content.decode()


def test_unknown_language_is_refused(client: Client, member: Member) -> None:
    response = client.post(reverse("account"), {"display_name": "", "language": "tlh"})
    assert "language" in response.context["form"].errors
    member.refresh_from_db()
    assert member.language == "zh-hans"


def test_sites_language_switch_is_stored_for_the_member(client: Client, member: Member) -> None:
    client.post(reverse("set_language"), {"language": "en", "next": "/account/"})
    member.refresh_from_db()
    assert member.language == "en"
    client.post(reverse("set_language"), {"language": "tlh", "next": "/account/"})
    member.refresh_from_db()
    assert member.language == "en"


def test_visitors_switch_changes_nobody(client: Client) -> None:
    Member.objects.create(phone="+8613800000009")
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert Member.objects.get().language == "zh-hans"


@pytest.mark.parametrize(("cookie", "spoken"), [(None, "en"), ("zh-hans", "zh-hans")])
def test_signing_in_speaks_the_members_language_unless_the_device_chose(
    client: Client, cookie: str | None, spoken: str
) -> None:
    Member.objects.create(phone="+8613800000009", language="en")
    if cookie:
        client.cookies[COOKIE] = cookie
    client.post(reverse("account_login"), {"contact": "13800000009"})
    client.post(reverse("account_code"), {"code": newest_code()})
    assert client.cookies[COOKIE].value == spoken


def test_new_member_gets_the_language_of_the_page(client: Client) -> None:
    client.cookies[COOKIE] = "en"
    client.post(reverse("account_login"), {"contact": "13800000009"})
    client.post(reverse("account_code"), {"code": newest_code()})
    assert Member.objects.get().language == "en"


def test_email_is_added_only_after_its_code(client: Client, member: Member) -> None:
    client.post(reverse("account_contact"), {"contact": "Wang@Berth.example"})
    client.post(reverse("account_contact_code"), {"code": wrong_code()})
    member.refresh_from_db()
    assert member.email is None
    response = client.post(reverse("account_contact_code"), {"code": newest_code()})
    assert response["Location"] == reverse("account")
    member.refresh_from_db()
    assert member.email == "wang@berth.example"


def test_phone_is_changed_and_counts_as_verified(client: Client, member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(phone_verified=False)
    client.post(reverse("account_contact"), {"contact": "13900000009"})
    client.post(reverse("account_contact_code"), {"code": newest_code()})
    member.refresh_from_db()
    assert (str(member.phone), member.phone_verified) == ("+8613900000009", True)


def test_address_of_another_account_is_refused_and_only_after_the_code(client: Client, member: Member) -> None:
    Member.objects.create(email="taken@berth.example")
    response = client.post(reverse("account_contact"), {"contact": "taken@berth.example"})
    assert response.status_code == 302
    client.post(reverse("account_contact_code"), {"code": newest_code()})
    member.refresh_from_db()
    assert member.email is None


def test_database_refuses_a_contact_that_was_taken_meanwhile(member: Member) -> None:
    Member.objects.create(email="taken@berth.example")
    with pytest.raises(Conflict):
        set_contact(member=member, contact=Contact("email", "taken@berth.example"))


def test_a_sign_in_code_does_not_change_a_contact(client: Client, member: Member) -> None:
    other = Client()
    other.post(reverse("account_login"), {"contact": "13900000009"})
    assert client.post(reverse("account_contact_code"), {"code": newest_code()})["Location"] == reverse(
        "account_contact"
    )


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("typed", ["13800000009", "wang@berth.example"])
def test_signing_up_many_times_at_once_makes_one_account(typed: str) -> None:
    contact, clients = read_contact(typed), 8
    start = Barrier(clients)

    def sign_up() -> tuple[int, bool]:
        try:
            start.wait()
            member, created = sign_in_or_up(contact=contact, language="en")
            return member.pk, created
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        found = [future.result() for future in [pool.submit(sign_up) for _ in range(clients)]]
    assert len({pk for pk, _ in found}) == 1
    assert sum(created for _, created in found) == 1
