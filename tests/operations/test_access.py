"""Only staff of a lot see its desk and move its locks."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from hardware.models import EmergencyCall, LockCommand
from members.models import Member
from operations.views.desk import PARTS
from tests.operations.conftest import Desk, signed_in

PAGES = [
    ("dashboard", []),
    *[("dashboard_part", [part]) for part in PARTS],
    ("dashboard_bay", ["A-01"]),
    ("dashboard_gate", ["in-1"]),
]


@pytest.mark.parametrize(("name", "arguments"), PAGES)
def test_pages_are_for_staff_of_the_lot(
    desk: Desk, staff: Client, outsiders: Callable[[], list[Client]], name: str, arguments: list[str]
) -> None:
    address = reverse(name, args=["east", *arguments])
    assert staff.get(address).status_code == 200
    assert [client.get(address).status_code for client in outsiders()] == [403, 403]
    assert Client().get(address)["Location"].startswith(reverse("account_login"))


def test_superuser_sees_every_lot(desk: Desk) -> None:
    boss = Member.objects.create_superuser(username="boss", email="a@berth.example", password="x" * 12)
    assert signed_in(boss).get(reverse("dashboard", args=["east"])).status_code == 200


def test_unknown_lot_part_bay_gate_and_call_do_not_exist(desk: Desk, staff: Client) -> None:
    for address in (
        "/staff/nowhere/",
        "/staff/east/parts/secrets/",
        "/staff/east/bays/Z-99/",
        "/staff/east/gates/nope/",
        f"/staff/east/calls/{uuid.uuid4()}/",
    ):
        assert staff.get(address).status_code == 404


def test_outsiders_order_nothing_and_take_no_call(desk: Desk, outsiders: Callable[[], list[Client]]) -> None:
    call = desk.call()
    for client in outsiders():
        for name, argument in (("dashboard_bay", "A-01"), ("dashboard_gate", "in-1")):
            answer = client.post(reverse(name, args=["east", argument]), {"kind": "unlock", "reason": "please"})
            assert answer.status_code == 403
        assert client.post(reverse("dashboard_take_call", args=["east", call.pk])).status_code == 403
        assert client.post(reverse("dashboard_call", args=["east", call.pk]), {"note": "x"}).status_code == 403
    assert not LockCommand.objects.exists()
    assert EmergencyCall.objects.get().state == EmergencyCall.State.RAISED


def test_call_of_another_lot_is_not_found_under_ones_own(desk: Desk, staff: Client) -> None:
    foreign = Desk("north").call()
    assert staff.get(reverse("dashboard_call", args=["east", foreign.pk])).status_code == 404
    assert staff.post(reverse("dashboard_take_call", args=["east", foreign.pk])).status_code == 404


def test_staff_page_goes_straight_to_the_only_lot(desk: Desk, staff: Client) -> None:
    assert staff.get(reverse("staff"))["Location"] == reverse("dashboard", args=["east"])


def test_staff_page_lists_lots_and_marks_the_one_that_calls(desk: Desk) -> None:
    west = Desk("west")
    west.call()
    boss = Member.objects.create_superuser(username="boss", email="a@berth.example", password="x" * 12)
    page = signed_in(boss).get(reverse("staff"))
    assert page.context["lots"] == [(desk.lot, False), (west.lot, True)]


def test_staff_page_tells_others_what_to_do(db: None, outsiders: Callable[[], list[Client]]) -> None:
    page = outsiders()[1].get(reverse("staff"))
    assert "You do not work at a lot" in page.content.decode()
