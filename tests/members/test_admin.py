"""Members in the back office."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from members.domain import outbox
from members.domain.vehicles import add_vehicle
from members.models import Member, OutboxMessage

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough passphrase"


@pytest.fixture
def boss() -> Client:
    Member.objects.create_superuser(username="boss", email="admin@berth.example", password=PASSWORD)
    client = Client()
    login = client.post(
        reverse("admin:login"), {"username": "admin@berth.example", "password": PASSWORD, "next": "/admin/"}
    )
    assert login.status_code == 302
    return client


@pytest.fixture
def clerk() -> Client:
    """Back-office staff that may change members and read messages."""
    member = Member.objects.create(email="clerk@berth.example", is_staff=True)
    names = ["view_member", "change_member", "delete_member", "view_outboxmessage", "view_vehicle"]
    member.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    return client


def change(member: Member) -> str:
    return reverse("admin:members_member_change", args=[member.pk])


@pytest.mark.parametrize("wanted", ["138000", "renter@", "王芳"])
def test_members_are_found_by_phone_email_and_name(boss: Client, wanted: str) -> None:
    Member.objects.create(phone="+8613800000009", email="renter@berth.example", display_name="王芳")
    Member.objects.create(phone="+8613900000009")
    page = boss.get(reverse("admin:members_member_changelist"), {"q": wanted})
    assert [str(row) for row in page.context["cl"].result_list] == ["王芳"]


def test_every_page_of_members_opens(boss: Client) -> None:
    member = Member.objects.create(phone="+8613800000009")
    vehicle = add_vehicle(member=member, plate="粤B12345")
    message = outbox.send(channel="sms", recipient="+8613800000009", subject="", body="hello")
    for model, pk in (("member", member.pk), ("vehicle", vehicle.pk), ("outboxmessage", message.pk)):
        assert boss.get(reverse(f"admin:members_{model}_changelist")).status_code == 200
        assert boss.get(reverse(f"admin:members_{model}_change", args=[pk])).status_code == 200
    assert boss.get(reverse("admin:members_member_add")).status_code == 200


def test_added_member_has_no_password_and_an_address(boss: Client) -> None:
    add = reverse("admin:members_member_add")
    bare = {"display_name": "新人", "phone": "", "email": "", "language": "en"}
    inline = {"vehicles-TOTAL_FORMS": "0", "vehicles-INITIAL_FORMS": "0"}
    assert boss.post(add, bare | inline).status_code == 200
    assert boss.post(add, bare | inline | {"email": "New@Berth.example"}).status_code == 302
    member = Member.objects.get(display_name="新人")
    assert (member.email, member.has_usable_password()) == ("new@berth.example", False)


def test_clerk_cannot_give_powers_or_touch_a_superuser(clerk: Client, boss: Client) -> None:
    me = Member.objects.get(email="clerk@berth.example")
    form = {
        "display_name": "Clerk",
        "language": "en",
        "is_active": "on",
        "email": "clerk@berth.example",
        "is_superuser": "on",
    }
    inline = {"vehicles-TOTAL_FORMS": "0", "vehicles-INITIAL_FORMS": "0"}
    assert clerk.post(change(me), form | inline).status_code == 302
    me.refresh_from_db()
    assert (me.display_name, me.is_superuser) == ("Clerk", False)
    admin = Member.objects.get(is_superuser=True)
    assert clerk.post(change(admin), form | inline).status_code == 403
    for target in (me, admin):
        assert clerk.get(reverse("admin:auth_user_password_change", args=[target.pk])).status_code == 403


def test_members_are_never_deleted(boss: Client) -> None:
    member = Member.objects.create(phone="+8613800000009")
    assert boss.post(reverse("admin:members_member_delete", args=[member.pk]), {"post": "yes"}).status_code == 403


def test_vehicle_is_held_to_the_rules_of_plates(boss: Client) -> None:
    vehicle = add_vehicle(member=Member.objects.create(phone="+8613800000009"), plate="粤B12345")
    address = reverse("admin:members_vehicle_change", args=[vehicle.pk])
    fields = {"member": vehicle.member_id, "plate_kind": "blue", "nickname": "", "removed_at_0": "", "removed_at_1": ""}
    assert boss.post(address, fields | {"plate": "M-AB 123"}).status_code == 200
    assert boss.post(address, fields | {"plate": "粤b·54321"}).status_code == 302
    vehicle.refresh_from_db()
    assert vehicle.plate == "粤B54321"


def test_messages_are_read_only_and_their_codes_hidden_from_clerks(clerk: Client, boss: Client) -> None:
    message = outbox.send(channel="sms", recipient="+8613800000009", subject="s", body="code 123456")
    address = reverse("admin:members_outboxmessage_change", args=[message.pk])
    assert "123456" in boss.get(address).content.decode()
    assert "123456" not in clerk.get(address).content.decode()
    assert boss.post(address, {"body": "changed"}).status_code == 403


def test_given_up_message_is_tried_again(boss: Client) -> None:
    message = outbox.send(channel="sms", recipient="+8613800000009", subject="", body="hello")
    OutboxMessage.objects.update(attempts=8)
    changelist = reverse("admin:members_outboxmessage_changelist")
    boss.post(changelist, {"action": "try_again", "_selected_action": [message.pk]})
    assert outbox.deliver_waiting() == 1


def test_guessing_the_password_is_slowed_down_even_with_the_right_one(boss: Client) -> None:
    guess = {"username": "admin@berth.example", "password": "wrong", "next": "/admin/"}
    stranger = Client()
    answers = [stranger.post(reverse("admin:login"), guess).status_code for _ in range(10)]
    assert answers == [200] * 10
    refused = stranger.post(reverse("admin:login"), guess | {"password": PASSWORD})
    assert refused.status_code == 200
    assert refused.context["form"].has_error("__all__", "rate_limited")
