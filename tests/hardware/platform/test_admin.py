"""Hardware in the back office: everything can be found, nothing that is evidence can be changed."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.admin.sites import site as admin_site
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hardware import models
from hardware.domain import commands, emergencies, epochs
from hardware.domain.events import Incoming, take_events
from tests.hardware.making import make_grant, make_staff
from tests.lots.making import make_member

pytestmark = pytest.mark.django_db
ALL = [
    "accesscard",
    "callstep",
    "controller",
    "emergencycall",
    "epochraise",
    "gatepicture",
    "gatestate",
    "grant",
    "lockcommand",
    "lotevent",
    "lotserver",
    "spotlock",
]
EVIDENCE = ["accesscard", "callstep", "emergencycall", "epochraise", "grant", "lockcommand", "lotevent", "lotserver"]
EVIDENCE += ["gatepicture", "gatestate"]
BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(member) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(member, backend=BACKEND)
    return client


@pytest.fixture
def boss() -> Client:
    return signed_in(make_member(is_staff=True, is_superuser=True))


@pytest.fixture
def things(site):
    """One of each, by model name."""
    grant = make_grant(site)
    staff = make_staff(site)
    fields = {"grant": str(grant.pk), "card": "04A1B2C3D4E5F6", "issue": 1}
    take_events(lot_server=site.server, events=[Incoming(1, "card_issued", timezone.now(), fields)])
    call = emergencies.raise_call(call_id=uuid.uuid4(), lot=site.lot, reason="button", raised_at=timezone.now())
    order = commands.order(kind="unlock", lot=site.lot, spot=site.spots[0], by=staff, reason="why")
    raised = epochs.raise_epoch(lot=site.lot, by=make_member(is_superuser=True), reason="a test")
    gate = site.lot.gates.get(code="in-1")
    seen = {"plate": "粤B12345", "taken_at": timezone.now(), "jpeg": b"", "event": "E-1"}
    return {
        "gatepicture": models.GatePicture.objects.create(gate=gate, **seen),
        "gatestate": models.GateState.objects.create(gate=gate, state_at=timezone.now()),
        "callstep": models.CallStep.objects.get(),
        "epochraise": raised,
        "accesscard": models.AccessCard.objects.get(),
        "controller": site.controllers[0],
        "emergencycall": call,
        "grant": grant,
        "lockcommand": order,
        "lotevent": models.LotEvent.objects.get(),
        "lotserver": site.server,
        "spotlock": site.spots[0].lock,
    }


def page(name: str, what: str, *arguments: object) -> str:
    return reverse(f"admin:hardware_{name}_{what}", args=arguments)


def test_every_model_is_there():
    registered = {model for model in admin_site._registry if model._meta.app_label == "hardware"}
    assert registered == {getattr(models, name) for name in models.__all__}


@pytest.mark.parametrize("name", ALL)
def test_lists_searches_and_details_open(boss, things, name):
    for query in ({}, {"q": "A-11"}, {"q": "粤B12345"}):
        assert boss.get(page(name, "changelist"), query).status_code == 200
    assert boss.get(page(name, "change", things[name].pk)).status_code == 200


@pytest.mark.parametrize("name", EVIDENCE)
def test_evidence_is_not_even_changed_by_a_superuser(boss, things, name):
    thing = things[name]
    assert boss.get(page(name, "add")).status_code == 403
    assert boss.post(page(name, "change", thing.pk), {"state": "x"}).status_code == 403
    assert boss.post(page(name, "delete", thing.pk), {"post": "yes"}).status_code == 403
    assert type(thing).objects.filter(pk=thing.pk).exists()


def test_a_twin_is_shown_and_not_written(boss, things):
    lock = things["spotlock"]
    form = {"spot": lock.spot_id, "controller": lock.controller_id, "unit": 9, "acknowledged": "jammed"}
    assert boss.post(page("spotlock", "change", lock.pk), form).status_code == 302
    lock.refresh_from_db()
    assert (lock.unit, lock.acknowledged) == (9, "unknown")


def test_members_of_no_staff_see_nothing(things):
    assert signed_in(make_member()).get(page("grant", "changelist")).status_code == 302


def act(client: Client, name: str, action: str, thing):
    return client.post(page(name, "changelist"), {"action": action, "_selected_action": [str(thing.pk)]}, follow=True)


def test_calls_are_taken_and_resolved_in_order(boss, things):
    call = things["emergencycall"]
    assert "Take the call first" in act(boss, "emergencycall", "resolve", call).content.decode()
    act(boss, "emergencycall", "take", call)
    act(boss, "emergencycall", "resolve", call)
    call.refresh_from_db()
    assert call.state == "resolved"


def test_a_clerk_who_may_only_look_takes_no_calls(things):
    clerk = make_member(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_emergencycall"))
    call = things["emergencycall"]
    act(signed_in(clerk), "emergencycall", "take", call)
    call.refresh_from_db()
    assert call.state == "raised"


def test_a_clerk_from_outside_the_lot_takes_no_calls(things):
    clerk = make_member(is_staff=True)
    names = ["view_emergencycall", "change_emergencycall"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=names))
    call = things["emergencycall"]
    answer = act(signed_in(clerk), "emergencycall", "take", call)
    assert "Only staff of this lot" in answer.content.decode()
    call.refresh_from_db()
    assert call.state == "raised"


def test_a_card_is_reported_lost(boss, things):
    card = things["accesscard"]
    act(boss, "accesscard", "report_lost", card)
    card.refresh_from_db()
    assert card.state == "lost"
