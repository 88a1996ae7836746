"""Calls for help: taken by one, resolved, and passed on where nobody takes them."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from hardware.domain import emergencies
from hardware.models import EmergencyCall
from hardware.tasks import escalate_emergency_calls
from members.models import OutboxMessage
from tests.hardware.making import make_site, make_staff
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


def test_after_a_minute_the_people_on_duty_are_told_once(site):
    make_staff(site, on_duty=True, phone="+8613800000003")
    make_staff(site, on_duty=False, phone="+8613800000004")
    call = raised(site, seconds_ago=61)
    assert (escalate_emergency_calls(), escalate_emergency_calls()) == (1, 0)
    assert messages() == [("sms", "+8613800000003")]
    call.refresh_from_db()
    assert call.escalated_at is not None
    assert call.state == "raised"


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "紧急呼叫"), ("en", "Emergency call")])
def test_the_message_is_in_the_language_of_who_gets_it(site, language, words):
    make_staff(site, on_duty=True, language=language, email="duty@berth.example")
    raised(site, seconds_ago=61, spot=site.spots[0])
    emergencies.escalate_due()
    message = OutboxMessage.objects.get()
    assert words in message.subject
    assert "A-11" in message.body


def test_before_a_minute_nobody_is_woken(site):
    make_staff(site, on_duty=True)
    raised(site, seconds_ago=50)
    assert (emergencies.escalate_due(), messages()) == (0, [])


def test_a_call_that_was_taken_is_not_passed_on(site):
    staff = make_staff(site, on_duty=True)
    emergencies.acknowledge(call=raised(site, seconds_ago=61), by=staff)
    assert (emergencies.escalate_due(), messages()) == (0, [])


def test_with_nobody_on_duty_the_manager_is_told(site):
    make_staff(site, on_duty=False)
    make_staff(site, role="manager", email="boss@berth.example")
    raised(site, seconds_ago=61)
    emergencies.escalate_due()
    assert messages() == [("email", "boss@berth.example")]


def test_without_lot_managers_the_property_manager_is_told():
    site = make_site(manager=make_member(email="property@berth.example"))
    raised(site, seconds_ago=61)
    emergencies.escalate_due()
    assert messages() == [("email", "property@berth.example")]


def test_where_there_is_nobody_it_is_logged_and_not_tried_for_ever(site, caplog):
    raised(site, seconds_ago=61)
    assert (emergencies.escalate_due(), emergencies.escalate_due()) == (1, 0)
    assert "nobody is on duty" in caplog.text


def test_a_late_call_after_an_outage_goes_out_at_once(site):
    make_staff(site, on_duty=True)
    raised(site, seconds_ago=3600)
    assert emergencies.escalate_due() == 1
