"""Calls for help: taken by one, resolved, and passed on where nobody takes them."""

from __future__ import annotations

import uuid
from datetime import time, timedelta

import pytest
from django.utils import timezone

from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from hardware.domain import emergencies
from hardware.models import EmergencyCall
from hardware.signals import call_answered
from hardware.tasks import escalate_emergency_calls
from members.models import OutboxMessage
from tests.hardware.making import make_grant, make_site, make_staff
from tests.lots.making import make_member

pytestmark = pytest.mark.django_db


def raised(site, seconds_ago=0, **more) -> EmergencyCall:
    return emergencies.raise_call(
        call_id=uuid.uuid4(),
        lot=site.lot,
        reason="button",
        raised_at=timezone.now() - timedelta(seconds=seconds_ago),
        controller=site.controllers[0],
        **more,
    )


def test_one_takes_the_call_and_resolves_it(site):
    staff = make_staff(site)
    call = emergencies.acknowledge(call=raised(site), by=staff)
    assert (call.state, call.acknowledged_by) == ("acknowledged", staff)
    call = emergencies.resolve(call=call, by=staff, note=" opened by hand ")
    assert (call.state, call.note) == ("resolved", "opened by hand")
    assert call.raised_at <= call.acknowledged_at <= call.resolved_at


def test_only_the_first_takes_it(site):
    call, first, second = raised(site), make_staff(site), make_staff(site)
    emergencies.acknowledge(call=call, by=first)
    assert emergencies.acknowledge(call=call, by=first).acknowledged_by == first
    with pytest.raises(Conflict):
        emergencies.acknowledge(call=call, by=second)
    call.refresh_from_db()
    assert call.acknowledged_by == first


def test_a_call_that_nobody_took_cannot_be_resolved(site):
    call = raised(site)
    with pytest.raises(Conflict) as refusal:
        emergencies.resolve(call=call, by=make_staff(site))
    assert refusal.value.code == "call_not_taken"
    call.refresh_from_db()
    assert call.state == "raised"


def test_resolving_twice_changes_nothing(site):
    staff = make_staff(site)
    call = emergencies.acknowledge(call=raised(site), by=staff)
    first = emergencies.resolve(call=call, by=staff, note="one")
    again = emergencies.resolve(call=call, by=staff, note="two")
    assert (again.note, again.resolved_at) == ("one", first.resolved_at)


def test_a_resolved_call_cannot_be_taken_again(site):
    staff = make_staff(site)
    call = emergencies.resolve(call=emergencies.acknowledge(call=raised(site), by=staff), by=staff)
    with pytest.raises(Conflict):
        emergencies.acknowledge(call=call, by=staff)


def test_a_note_has_its_limit(site):
    staff = make_staff(site)
    call = emergencies.acknowledge(call=raised(site), by=staff)
    with pytest.raises(InvalidInput) as refusal:
        emergencies.resolve(call=call, by=staff, note="x" * 501)
    assert "note" in refusal.value.fields


@pytest.mark.parametrize("deed", [emergencies.acknowledge, emergencies.resolve])
def test_only_staff_of_the_lot_answer(site, deed):
    call = raised(site)
    for stranger in (make_member(), make_staff(make_site())):
        with pytest.raises(NotAllowed):
            deed(call=call, by=stranger)
    call.refresh_from_db()
    assert call.state == "raised"


def messages() -> list[tuple[str, str]]:
    return list(OutboxMessage.objects.order_by("pk").values_list("channel", "recipient"))


def steps(call) -> list[tuple[str, object]]:
    return [(step.kind, step.person) for step in call.steps.order_by("pk")]


def later(call, seconds: int = 61) -> int:
    """So long after somebody was last told; how many calls are passed on."""
    EmergencyCall.objects.filter(pk=call.pk).update(passed_on_at=timezone.now() - timedelta(seconds=seconds))
    count = escalate_emergency_calls()
    call.refresh_from_db()
    return count


def test_who_is_on_duty_is_told_at_once_and_by_their_channel(site):
    person = make_staff(site, on_duty=True, phone="+8613800000003")
    make_staff(site, on_duty=False, phone="+8613800000004")
    call = raised(site)
    assert (messages(), steps(call)) == ([("sms", "+8613800000003")], [("told", person)])
    assert (call.escalated_at, escalate_emergency_calls()) == (None, 0)


def test_each_minute_the_next_is_told_until_nobody_is_left(site):
    second = make_staff(site, on_duty=True, email="second@berth.example")
    first = make_staff(site, phone="+8613800000003")
    site.lot.staff.get(member=first).shifts.create(weekday=timezone.now().astimezone(site.lot.zone).weekday(),
        start=time(0), end=time(0))  # fmt: skip
    boss = make_staff(site, role="manager", email="boss@berth.example")
    call = raised(site)
    assert [later(call), later(call), later(call, 59)] == [1, 1, 0]
    assert steps(call) == [("told", first), ("told", second), ("told", boss)]
    assert [recipient for _, recipient in messages()] == ["+8613800000003", "second@berth.example", boss.email]
    assert call.escalated_at is not None
    assert [later(call), escalate_emergency_calls()] == [1, 0]
    assert steps(call)[-1] == ("nobody", None)


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "紧急呼叫"), ("en", "Emergency call")])
def test_the_message_is_in_the_language_of_who_gets_it_and_names_the_place(site, language, words):
    make_staff(site, on_duty=True, language=language, email="duty@berth.example")
    raised(site, spot=site.spots[0])
    message = OutboxMessage.objects.get()
    assert words in message.subject
    assert "A-11" in message.body
    assert ("1 号集控器" if language == "zh-hans" else "Controller 1") in message.body


def test_before_a_minute_nobody_else_is_woken(site):
    for _ in range(2):
        make_staff(site, on_duty=True)
    raised(site)
    assert (escalate_emergency_calls(), len(messages())) == (0, 1)


def test_a_call_that_was_taken_is_not_passed_on(site):
    staff = make_staff(site, on_duty=True)
    make_staff(site, on_duty=True)
    call = emergencies.acknowledge(call=raised(site), by=staff)
    assert (later(call), len(messages())) == (0, 1)
    assert steps(call) == [("told", staff), ("taken", staff)]


def test_with_nobody_on_duty_the_manager_is_told(site):
    make_staff(site, on_duty=False)
    make_staff(site, role="manager", email="boss@berth.example")
    raised(site)
    assert messages() == [("email", "boss@berth.example")]


def test_without_lot_managers_the_property_manager_is_told():
    site = make_site(manager=make_member(email="property@berth.example"))
    raised(site)
    assert messages() == [("email", "property@berth.example")]


def test_who_cannot_be_reached_is_passed_over(site):
    make_staff(site, on_duty=True, email=None, phone=None)
    make_staff(site, on_duty=True, email="second@berth.example")
    raised(site)
    assert messages() == [("email", "second@berth.example")]


def test_where_there_is_nobody_it_is_logged_and_not_tried_for_ever(site, caplog):
    call = raised(site)
    assert (escalate_emergency_calls(), steps(call)) == (0, [("nobody", None)])
    assert "nobody is left to tell" in caplog.text


def test_a_late_call_waits_a_moment_for_what_the_lot_tells_next(site):
    """After an outage the call may have been resolved in the booth long ago: that follows in the same stream."""
    staff = make_staff(site, on_duty=True)
    call, other = raised(site, seconds_ago=3600), raised(site, seconds_ago=3600)
    emergencies.resolved_at_booth(
        call_id=call.pk, lot_id=site.lot.pk, member_id=staff.pk, at=timezone.now(), note="towed"
    )
    assert (messages(), escalate_emergency_calls(), len(messages())) == ([], 1, 1)
    call.refresh_from_db()
    assert (call.state, call.acknowledged_by, call.note) == ("resolved", staff, "towed")
    assert [step.at_booth for step in call.steps.all()] == [True, True]
    assert steps(other) == [("told", staff)]


def test_whoever_had_it_at_the_desk_keeps_it_and_a_lot_names_only_its_own_people(site):
    staff, stranger = make_staff(site), make_member()
    call = emergencies.acknowledge(call=raised(site), by=staff)
    told = {"call_id": call.pk, "lot_id": site.lot.pk, "at": timezone.now()}
    emergencies.taken_at_booth(**told, member_id=make_staff(site).pk)
    emergencies.resolved_at_booth(**told, member_id=stranger.pk, note="by whom?")
    call.refresh_from_db()
    assert (call.acknowledged_by, call.state) == (staff, "resolved")
    assert steps(call)[-1] == ("resolved", None)
    emergencies.taken_at_booth(**(told | {"lot_id": make_site().lot.pk}), member_id=staff.pk)
    assert call.steps.count() == 2 + 1  # nobody was on duty


def test_a_booking_hears_who_helped_and_how_it_ended(site):
    heard = []
    call_answered.connect(lambda answer, **_: heard.append(answer), weak=False, dispatch_uid="test")
    try:
        staff, grant = make_staff(site, display_name="陈强"), make_grant(site)
        call = emergencies.acknowledge(call=raised(site, grant=grant), by=staff)
        emergencies.resolve(call=call, by=staff, note="lock freed")
    finally:
        call_answered.disconnect(dispatch_uid="test")
    assert [(a.subject_id, a.state, a.by, a.note) for a in heard] == [
        (grant.subject_id, "acknowledged", "陈强", ""),
        (grant.subject_id, "resolved", "陈强", "lock freed"),
    ]
