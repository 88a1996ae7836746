"""Sign in and sign up by code, through the pages."""

from __future__ import annotations

import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.models import Member, OutboxMessage

pytestmark = pytest.mark.django_db
NEXT = "/account/vehicles/"


def newest_code() -> str:
    message = OutboxMessage.objects.latest("pk")
    found = re.search(r"\b\d{6}\b", message.body)
    assert found
    return found.group()


def wrong_code() -> str:
    return "000000" if newest_code() != "000000" else "111111"


def ask(client: Client, contact: str, next_url: str = NEXT) -> None:
    response = client.post(reverse("account_login"), {"contact": contact, "next": next_url})
    assert (response.status_code, response["Location"]) == (302, reverse("account_code"))


@pytest.mark.parametrize(
    ("typed", "recipient", "channel"),
    [
        ("13800000002", "+8613800000002", "sms"),
        ("138 0000 0002", "+8613800000002", "sms"),
        ("+86 138-0000-0002", "+8613800000002", "sms"),
        ("+44 7400 123456", "+447400123456", "sms"),
        ("Renter@Berth.example", "renter@berth.example", "email"),
    ],
)
def test_new_person_is_signed_up_by_the_first_code(client: Client, typed: str, recipient: str, channel: str) -> None:
    ask(client, typed)
    message = OutboxMessage.objects.get()
    assert (message.channel, message.recipient) == (channel, recipient)
    response = client.post(reverse("account_code"), {"code": newest_code()})
    assert (response.status_code, response["Location"]) == (302, NEXT)
    member = Member.objects.get()
    assert str(member.phone or member.email) == recipient
    assert member.phone_verified == (channel == "sms")
    assert not member.has_usable_password()
    assert client.get(NEXT).status_code == 200


def test_known_person_keeps_their_account(client: Client) -> None:
    member = Member.objects.create(phone="+8613800000002", email="renter@berth.example")
    for contact in ("13800000002", "RENTER@berth.example"):
        ask(client, contact)
        client.post(reverse("account_code"), {"code": newest_code()})
        assert client.session["_auth_user_id"] == str(member.pk)
        client.logout()
    assert Member.objects.count() == 1


def test_code_typed_with_spaces_and_full_width_digits(client: Client) -> None:
    ask(client, "13800000002")
    code = newest_code()
    typed = code[:3].translate(str.maketrans("0123456789", "０１２３４５６７８９")) + " " + code[3:]
    assert client.post(reverse("account_code"), {"code": typed}).status_code == 302


def test_answers_do_not_tell_whether_an_account_exists() -> None:
    unknown = _seen_by_a_stranger("13800000002")
    Member.objects.create(phone="+8613800000002")
    assert _seen_by_a_stranger("13800000002") == unknown
    assert OutboxMessage.objects.count() == 2


def _seen_by_a_stranger(contact: str) -> list[tuple[int, str]]:
    client = Client()
    asked = client.post(reverse("account_login"), {"contact": contact}, follow=True)
    refused = client.post(reverse("account_code"), {"code": wrong_code()})
    return [(page.status_code, _without_tokens(page.content.decode())) for page in (asked, refused)]


def _without_tokens(html: str) -> str:
    return re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": |nonce=)"[^"]*"', r"\1", html)


def test_wrong_code_is_refused_beside_its_field_and_voids_the_code_in_the_end(client: Client) -> None:
    ask(client, "13800000002")
    right, wrong = newest_code(), wrong_code()
    for left in (4, 3, 2, 1):
        response = client.post(reverse("account_code"), {"code": wrong})
        assert response.status_code == 200
        assert str(left) in response.context["form"].errors["code"][0]
    assert client.post(reverse("account_code"), {"code": wrong}).status_code == 429
    assert client.post(reverse("account_code"), {"code": right})["Location"] == reverse("account_login")
    assert not Member.objects.exists()


def test_expired_code_is_refused(client: Client) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ask(client, "13800000002")
        clock.shift(301)
        response = client.post(reverse("account_code"), {"code": newest_code()})
    assert response.status_code == 409
    assert response.context["over"]
    assert not Member.objects.exists()


def test_fresh_code_voids_the_earlier_one(client: Client) -> None:
    ask(client, "13800000002")
    first = newest_code()
    assert client.post(reverse("account_code_resend"))["Location"] == reverse("account_code")
    second = newest_code()
    if first != second:
        assert client.post(reverse("account_code"), {"code": first}).status_code == 200
    assert client.post(reverse("account_code"), {"code": second}).status_code == 302


def test_asking_too_often_is_429_with_the_form_kept(client: Client) -> None:
    for _ in range(5):
        ask(client, "13800000002")
    response = client.post(reverse("account_login"), {"contact": "13800000002", "next": NEXT})
    assert response.status_code == 429
    assert b'value="13800000002"' in response.content
    assert OutboxMessage.objects.count() == 5


def test_resending_too_often_is_429(client: Client) -> None:
    ask(client, "13800000002")
    answers = [client.post(reverse("account_code_resend")).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429]


@pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_next_never_leads_off_the_site(client: Client, bad: str, settings: object) -> None:
    ask(client, "13800000002", next_url=bad)
    response = client.post(reverse("account_code"), {"code": newest_code()})
    assert response["Location"] == reverse("home")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "phone number or e-mail"),
        ("12345", "does not exist"),
        ("020 8888 6666", "landline"),
        ("nobody@", "not complete"),
        ("粤B12345", "neither"),
    ],
)
def test_bad_contact_gets_its_reason(client: Client, typed: str, words: str) -> None:
    response = client.post(reverse("account_login"), {"contact": typed}, headers={"accept-language": "en"})
    assert words in response.context["form"].errors["contact"][0]
    assert not OutboxMessage.objects.exists()


def test_closed_account_is_told_so_only_after_the_code(client: Client) -> None:
    Member.objects.create(phone="+8613800000002", is_active=False)
    ask(client, "13800000002")
    response = client.post(reverse("account_code"), {"code": newest_code()})
    assert response["Location"] == reverse("account_inactive")
    assert client.get(reverse("account_inactive")).status_code == 200
    assert "_auth_user_id" not in client.session


def test_sign_up_address_leads_to_the_one_form_with_next(client: Client) -> None:
    response = client.get(reverse("account_signup"), {"next": NEXT})
    assert response["Location"] == f"{reverse('account_login')}?next=%2Faccount%2Fvehicles%2F"


def test_signed_in_member_is_sent_on(client: Client, member: Member) -> None:
    assert client.get(reverse("account_login"), {"next": NEXT})["Location"] == NEXT


@pytest.mark.parametrize("path", ["password/reset/", "email/", "login/code/confirm/", "password/change/"])
def test_allauths_other_pages_do_not_exist(client: Client, path: str) -> None:
    assert client.get(f"/accounts/{path}").status_code == 404


def test_sign_out(client: Client, member: Member) -> None:
    assert client.get(reverse("account_logout")).status_code == 200
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session
