"""What staff do at the desk."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from berth.kernel.pins import check_pin
from hardware.event_kinds import EventKind
from hardware.models import EmergencyCall, LockCommand
from lots.models import LotStaff
from tests.operations.conftest import Desk, member, signed_in

HX = {"HX-Request": "true"}


def call_page(call: EmergencyCall) -> str:
    return reverse("dashboard_call", args=["east", call.pk])


def test_call_is_taken_and_resolved_with_a_note(desk: Desk, staff: Client) -> None:
    call = desk.call(spot=desk.spots[0], grant=desk.grant(desk.spots[0], "粤B12345"))
    taken = staff.post(reverse("dashboard_take_call", args=["east", call.pk]))
    assert taken["Location"] == call_page(call)
    assert staff.get(call_page(call)).status_code == 200
    resolved = staff.post(call_page(call), {"note": "Lock freed by hand"})
    assert resolved["Location"] == reverse("dashboard", args=["east"])
    call.refresh_from_db()
    assert (call.state, call.acknowledged_by, call.note) == ("resolved", desk.staff, "Lock freed by hand")
    assert "data-call-state" not in staff.get(reverse("dashboard_part", args=["east", "calls"])).content.decode()


def test_call_taken_by_a_colleague_stays_theirs(desk: Desk, staff: Client) -> None:
    call = desk.call()
    colleague = member("同事")
    LotStaff.objects.create(lot=desk.lot, member=colleague)
    signed_in(colleague).post(reverse("dashboard_take_call", args=["east", call.pk]))
    page = staff.post(reverse("dashboard_take_call", args=["east", call.pk]), follow=True)
    assert page.status_code == 200
    assert "同事" in page.content.decode()
    call.refresh_from_db()
    assert call.acknowledged_by == colleague


def test_call_is_not_resolved_without_words_or_before_it_is_taken(desk: Desk, staff: Client) -> None:
    call = desk.call()
    assert staff.post(call_page(call), {"note": "done"}).status_code == 409
    staff.post(reverse("dashboard_take_call", args=["east", call.pk]))
    assert staff.post(call_page(call), {"note": ""}).status_code == 200
    assert staff.post(call_page(call), {"note": "x" * 501}).status_code == 200
    call.refresh_from_db()
    assert call.state == "acknowledged"


@pytest.mark.parametrize("kind", ["unlock", "raise"])
def test_lock_is_moved_by_hand_with_a_reason(desk: Desk, staff: Client, kind: str) -> None:
    address = reverse("dashboard_bay", args=["east", "A-01"])
    assert staff.post(address, {"kind": kind, "reason": "Card not read"})["Location"] == address
    command = LockCommand.objects.get()
    assert (command.kind, command.spot, command.requested_by, command.reason) == (
        kind, desk.spots[0], desk.staff, "Card not read",
    )  # fmt: skip
    assert str(command.pk) in staff.get(address).content.decode()


def test_gate_is_opened_by_hand_with_a_reason(desk: Desk, staff: Client) -> None:
    staff.post(reverse("dashboard_gate", args=["east", "in-1"]), {"reason": "Ambulance"})
    command = LockCommand.objects.get()
    assert (command.kind, command.gate_code, command.reason) == ("open_gate", "in-1", "Ambulance")


@pytest.mark.parametrize(
    "form",
    [{"kind": "unlock", "reason": ""}, {"kind": "unlock", "reason": "x" * 201}, {"kind": "unlock", "reason": "  "}],
)
def test_without_a_right_reason_nothing_moves(desk: Desk, staff: Client, form: dict[str, str]) -> None:
    answer = staff.post(reverse("dashboard_bay", args=["east", "A-01"]), form, headers=HX)
    assert answer.status_code == 422
    assert "reason" in answer.context["form"].errors
    assert not LockCommand.objects.exists()


@pytest.mark.parametrize("kind", ["", "open_gate", "explode"])
def test_a_bay_takes_only_orders_of_a_lock(desk: Desk, staff: Client, kind: str) -> None:
    answer = staff.post(reverse("dashboard_bay", args=["east", "A-01"]), {"kind": kind, "reason": "because"})
    assert answer.status_code == 422
    assert not LockCommand.objects.exists()


def test_htmx_gets_the_panel_alone(desk: Desk, staff: Client) -> None:
    address = reverse("dashboard_bay", args=["east", "A-01"])
    panel = staff.get(address, headers=HX).content.decode()
    assert panel.lstrip().startswith('<section class="desk__box')
    ordered = staff.post(address, {"kind": "unlock", "reason": "Card not read"}, headers=HX)
    assert ordered.status_code == 200
    assert 'data-order-state="sent"' in ordered.content.decode()


def near(desk: Desk) -> tuple[Any, Any]:
    grant = desk.grant(desk.spots[0], "粤B12345")
    event = desk.event(
        EventKind.PLATE_READ, plate="粤B1Z345", match="near", gate="in-1", direction="entry", grant=str(grant.pk)
    )
    return grant, event


def test_car_read_a_little_wrong_is_let_in_with_one_tap(desk: Desk, staff: Client) -> None:
    grant, event = near(desk)
    address = reverse("dashboard_let_in", args=["east", event.pk])
    assert address in staff.get(reverse("dashboard", args=["east"])).content.decode()
    assert staff.post(address)["Location"] == reverse("dashboard", args=["east"])
    command = LockCommand.objects.get()
    assert (command.kind, command.gate_code, command.grant) == ("open_gate", "in-1", grant)
    assert "粤B1Z345" in command.reason
    assert "粤B12345" in command.reason


def test_letting_in_twice_opens_once(desk: Desk, staff: Client) -> None:
    _grant, event = near(desk)
    for _ in range(2):
        staff.post(reverse("dashboard_let_in", args=["east", event.pk]))
    assert LockCommand.objects.count() == 1


def test_car_that_matches_nothing_is_not_let_in_by_a_tap(desk: Desk, staff: Client) -> None:
    event = desk.event(EventKind.PLATE_READ, plate="粤A99999", match="none", gate="in-1", grant=None)
    staff.post(reverse("dashboard_let_in", args=["east", event.pk]))
    assert not LockCommand.objects.exists()


def test_staff_set_their_own_pin_for_the_booth_and_nobody_elses(desk: Desk, staff: Client) -> None:
    url = reverse("booth_pin", args=[desk.lot.code])
    assert staff.get(url).status_code == 200
    for pin, again in (("135790", "135791"), ("111111", "111111"), ("", "")):
        assert staff.post(url, {"pin": pin, "again": again}).status_code in (400, 422)
    assert staff.post(url, {"pin": "135790", "again": "135790"}).status_code == 302
    kept = LotStaff.objects.get(lot=desk.lot, member=desk.staff).pin
    assert (check_pin("135790", kept), check_pin("135791", kept)) == (True, False)
    assert signed_in(member("别人")).get(url).status_code == 403
