"""A member's cars."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from berth.kernel.errors import Conflict, NotAllowed
from members.domain.vehicles import MAX_VEHICLES, add_vehicle, remove_vehicle
from members.models import Member, Vehicle

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.mark.parametrize(
    ("typed", "stored", "kind"),
    [
        ("粤b·12345", "粤B12345", "blue"),
        (" 粤BD12345 ", "粤BD12345", "green"),
        ("粤Ｂ１２３４５", "粤B12345", "blue"),
        ("粤B1234挂", "粤B1234挂", "yellow"),
        ("粤ZA123港", "粤ZA123港", "black"),
    ],
)
def test_plate_is_normalised_and_its_kind_told(
    client: Client, member: Member, typed: str, stored: str, kind: str
) -> None:
    response = client.post(reverse("vehicles"), {"plate": typed})
    assert (response.status_code, response["Location"]) == (302, reverse("vehicles"))
    vehicle = member.vehicles.get()
    assert (vehicle.plate, vehicle.plate_kind) == (stored, kind)


def test_large_vehicle_has_a_yellow_plate(member: Member) -> None:
    assert add_vehicle(member=member, plate="粤B12345", large=True).plate_kind == "yellow"
    assert add_vehicle(member=member, plate="粤BD12345", large=True).plate_kind == "green"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter the plate"),
        ("AB12 CDE", "Foreign plates cannot be used"),
        ("B-MW 1234", "Foreign plates cannot be used"),
        ("粤1B2345", "The second character"),
        ("粤I12345", "The second character"),
        ("粤B1234", "7 characters"),
        ("粤B1234567", "7 characters"),
        ("粤B12O45", "letters and digits only"),
    ],
)
def test_foreign_or_broken_plate_gets_its_reason(client: Client, member: Member, typed: str, words: str) -> None:
    response = client.post(reverse("vehicles"), {"plate": typed}, headers=ENGLISH)
    assert words in response.context["form"].errors["plate"][0]
    assert not Vehicle.objects.exists()


def test_same_plate_twice_is_refused_and_again_after_removal_accepted(client: Client, member: Member) -> None:
    first = add_vehicle(member=member, plate="粤B12345")
    assert client.post(reverse("vehicles"), {"plate": "粤B·12345"}).status_code == 409
    client.post(reverse("vehicle_remove", args=[first.pk]))
    assert client.post(reverse("vehicles"), {"plate": "粤B12345"}).status_code == 302
    assert member.vehicles.count() == 2
    assert member.vehicles.filter(removed_at=None).count() == 1


def test_family_shares_a_car(member: Member) -> None:
    add_vehicle(member=member, plate="粤B12345")
    other = Member.objects.create(phone="+8613800000010")
    assert add_vehicle(member=other, plate="粤B12345").member == other


def test_list_is_limited(member: Member) -> None:
    for number in range(MAX_VEHICLES):
        add_vehicle(member=member, plate=f"粤B1234{number}")
    with pytest.raises(Conflict) as refusal:
        add_vehicle(member=member, plate="粤B99999")
    assert refusal.value.code == "too_many_vehicles"


def test_another_members_vehicle_is_neither_shown_nor_removed(client: Client, member: Member) -> None:
    other = Member.objects.create(phone="+8613800000010")
    theirs = add_vehicle(member=other, plate="粤A88888")
    assert "88888" not in client.get(reverse("vehicles")).content.decode()
    assert client.post(reverse("vehicle_remove", args=[theirs.pk])).status_code == 404
    with pytest.raises(NotAllowed):
        remove_vehicle(member=member, vehicle=theirs)
    theirs.refresh_from_db()
    assert theirs.removed_at is None


def test_removing_twice_keeps_the_first_time(member: Member) -> None:
    vehicle = add_vehicle(member=member, plate="粤B12345")
    remove_vehicle(member=member, vehicle=vehicle)
    vehicle.refresh_from_db()
    first = vehicle.removed_at
    remove_vehicle(member=member, vehicle=vehicle)
    vehicle.refresh_from_db()
    assert first is not None
    assert vehicle.removed_at == first


def test_adding_leads_back_to_where_the_member_came_from(client: Client, member: Member) -> None:
    response = client.post(reverse("vehicles"), {"plate": "粤B12345", "next": "/account/"})
    assert response["Location"] == "/account/"
    response = client.post(reverse("vehicles"), {"plate": "粤B12346", "next": "https://evil.example/"})
    assert response["Location"] == reverse("vehicles")


@pytest.mark.parametrize("name", ["vehicles", "account", "account_contact", "account_contact_code"])
def test_visitors_sign_in_first(client: Client, name: str) -> None:
    address = reverse(name)
    assert client.get(address)["Location"] == f"{reverse('account_login')}?next={address}"


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_for_one_and_three(
    client: Client, member: Member, count: int, django_assert_num_queries: object
) -> None:
    for number in range(count):
        add_vehicle(member=member, plate=f"粤B1234{number}")
    with django_assert_num_queries(QUERIES_OF_THE_LIST):  # type: ignore[operator]
        assert client.get(reverse("vehicles")).content.decode().count('class="plate ') == count


QUERIES_OF_THE_LIST = 4
"""Session, member, the navigation's lot roles, vehicles."""
