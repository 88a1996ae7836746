"""Orders to a lot: who may give them, what the lot is told, and that none stays open for ever."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from berth.kernel import signatures
from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from hardware.domain import commands, grants, push
from hardware.domain.grant_feed import NotReady
from hardware.lotserver.order_check import check
from hardware.models import LockCommand
from tests.hardware.making import make_grant, make_site, make_staff
from tests.lots.making import make_member, make_spot

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    messages = []
    monkeypatch.setattr(push, "_send", lambda lot, task, arguments: messages.append((lot, task, arguments)))
    return messages


def refusal_of(call, **arguments):
    with pytest.raises((InvalidInput, NotAllowed, Conflict)) as refusal:
        call(**arguments)
    assert LockCommand.objects.count() == 0
    return type(refusal.value), refusal.value.code


def test_staff_open_a_lock_with_a_reason(site, sent, settings, django_capture_on_commit_callbacks):
    staff = make_staff(site, display_name="陈强")
    with django_capture_on_commit_callbacks(execute=True):
        order = commands.order(kind="unlock", lot=site.lot, spot=site.spots[0], by=staff, reason=" card lost ")
    assert (order.state, order.reason) == ("sent", "card lost")
    message = {
        "id": str(order.pk),
        "lot": site.lot.code,
        "kind": "unlock",
        "spot": "A-11",
        "gate": "",
        "controller": "",
        "text": "",
        "by": "陈强",
        "reason": "card lost",
        "grant": None,
        "issued_at": int(order.requested_at.timestamp()),
    }
    ((lot, task, (envelope,)),) = sent
    assert (lot, task) == (site.lot.code, "lot.command")
    public_key = signatures.public_key_of(settings.GRANT_SIGNING_KEY)
    assert check(envelope, lot=site.lot.code, public_key=public_key) == message


def test_nothing_is_sent_that_cannot_be_signed(site, sent, settings):
    settings.GRANT_SIGNING_KEY = ""
    with pytest.raises(NotReady):
        commands.order(kind="unlock", lot=site.lot, spot=site.spots[0], by=make_staff(site), reason="card lost")
    assert (LockCommand.objects.count(), sent) == (0, [])


def test_staff_show_a_text_test_a_lock_and_change_a_key(site):
    staff, controller = make_staff(site), site.controllers[0]
    shown = commands.order(
        kind="show_text", lot=site.lot, controller=controller, text=" 请绕行 ", by=staff, reason="building works"
    )
    assert (shown.controller, shown.text) == (controller, "请绕行")
    tested = commands.order(kind="self_test", lot=site.lot, spot=site.spots[0], by=staff, reason="mended")
    changed = commands.order(kind="rotate_key", lot=site.lot, controller=controller, by=staff, reason="staff left")
    assert {tested.state, changed.state} == {"sent"}


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ({"kind": "show_text", "text": "hello"}, "command_controller"),
        ({"kind": "rotate_key", "controller": "elsewhere"}, "command_controller"),
        ({"kind": "show_text", "controller": "here", "text": "  "}, "command_text"),
        ({"kind": "show_text", "controller": "here", "text": "x" * 121}, "command_text"),
        ({"kind": "self_test"}, "command_spot"),
    ],
)
def test_orders_to_controllers_need_one_of_this_lot_and_words(site, target, code):
    controllers = {"here": site.controllers[0], "elsewhere": make_site().controllers[0]}
    target = target | {"controller": controllers.get(target.get("controller"))}
    assert refusal_of(commands.order, lot=site.lot, by=make_staff(site), reason="why", **target) == (InvalidInput, code)


def test_a_renter_gives_no_orders_to_controllers(site):
    grant = make_grant(site)
    assert refusal_of(
        commands.order, kind="show_text", lot=site.lot, controller=site.controllers[0], text="x",
        by=grant.member, grant=grant, reason="please",
    ) == (NotAllowed, "command_staff")  # fmt: skip


def test_a_renter_opens_the_own_lock_without_a_reason(site):
    grant = make_grant(site)
    order = commands.order(kind="unlock", lot=site.lot, spot=site.spots[0], by=grant.member, grant=grant)
    assert (order.grant, order.reason) == (grant, "")


def test_a_renter_opens_no_other_spot(site):
    grant = make_grant(site)
    assert refusal_of(
        commands.order, kind="unlock", lot=site.lot, spot=site.spots[1], by=grant.member, grant=grant
    ) == (NotAllowed, "command_grant")


@pytest.mark.parametrize("hours", [(1, 2), (-3, -1)])
def test_a_renter_opens_nothing_outside_the_time(site, hours):
    start, end = (timezone.now() + timedelta(hours=hour) for hour in hours)
    grant = make_grant(site, valid_from=start, valid_until=end)
    assert refusal_of(
        commands.order, kind="unlock", lot=site.lot, spot=site.spots[0], by=grant.member, grant=grant
    ) == (Conflict, "command_time")


def test_a_renter_opens_nothing_on_a_revoked_grant(site):
    grant = grants.revoke(subject_id=make_grant(site).subject_id)
    assert refusal_of(
        commands.order, kind="unlock", lot=site.lot, spot=site.spots[0], by=grant.member, grant=grant
    ) == (Conflict, "command_time")


@pytest.mark.parametrize(("kind", "target"), [("raise", {}), ("open_gate", {"gate_code": "in-1"})])
def test_a_renter_neither_raises_locks_nor_opens_gates(site, kind, target):
    grant = make_grant(site)
    target = target or {"spot": site.spots[0]}
    assert refusal_of(
        commands.order, kind=kind, lot=site.lot, by=grant.member, grant=grant, reason="please", **target
    ) == (NotAllowed, "command_staff")


def test_somebody_else_cannot_use_a_renters_grant(site):
    grant = make_grant(site)
    assert refusal_of(
        commands.order, kind="unlock", lot=site.lot, spot=site.spots[0], by=make_member(), grant=grant, reason="mine"
    ) == (NotAllowed, "command_staff")


def test_staff_of_another_lot_is_refused(site):
    stranger = make_staff(make_site())
    assert refusal_of(
        commands.order, kind="unlock", lot=site.lot, spot=site.spots[0], by=stranger, reason="let me"
    ) == (NotAllowed, "command_staff")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_staff_say_why_in_few_words(site, reason):
    assert refusal_of(
        commands.order, kind="unlock", lot=site.lot, spot=site.spots[0], by=make_staff(site), reason=reason
    ) == (InvalidInput, "command_reason")


def test_the_database_refuses_an_override_without_a_reason(site):
    with pytest.raises(IntegrityError), transaction.atomic():
        LockCommand.objects.create(lot=site.lot, kind="unlock", spot=site.spots[0], requested_by=make_staff(site))


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ({"kind": "unlock"}, "command_spot"),
        ({"kind": "raise", "spot": "lockless"}, "command_spot"),
        ({"kind": "unlock", "spot": "elsewhere"}, "command_spot"),
        ({"kind": "open_gate", "gate_code": "in-9"}, "command_gate"),
        ({"kind": "open_gate"}, "command_gate"),
        ({"kind": "explode"}, "command_kind"),
    ],
)
def test_an_order_needs_something_to_act_on(site, target, code):
    spots = {"lockless": lambda: make_spot(lot=site.lot), "elsewhere": lambda: make_site().spots[0]}
    if "spot" in target:
        target = target | {"spot": spots[target["spot"]]()}
    assert refusal_of(commands.order, lot=site.lot, by=make_staff(site), reason="why", **target) == (InvalidInput, code)


def test_staff_let_a_car_in_for_a_grant(site):
    grant = make_grant(site)
    order = commands.order(
        kind="open_gate", lot=site.lot, gate_code="in-1", by=make_staff(site), reason="plate misread", grant=grant
    )
    assert (order.grant, order.gate_code) == (grant, "in-1")


def test_staff_cannot_use_a_grant_of_another_lot(site):
    assert refusal_of(
        commands.order,
        kind="open_gate",
        lot=site.lot,
        gate_code="in-1",
        by=make_staff(site),
        reason="plate misread",
        grant=make_grant(make_site()),
    ) == (InvalidInput, "command_grant")


def test_an_order_that_nobody_answers_fails_after_two_minutes(site):
    staff = make_staff(site)
    late, fresh = (
        commands.order(kind="unlock", lot=site.lot, spot=site.spots[0], by=staff, reason="why") for _ in range(2)
    )
    LockCommand.objects.filter(pk=late.pk).update(requested_at=timezone.now() - timedelta(minutes=3))
    assert (commands.give_up_unanswered(), commands.give_up_unanswered()) == (1, 0)
    late.refresh_from_db()
    fresh.refresh_from_db()
    assert (late.state, fresh.state) == ("failed", "sent")
    assert late.finished_at is not None


def test_an_answer_to_no_order_is_only_logged(site, caplog):
    commands.take_result(lot_id=site.lot.pk, command_id=uuid.uuid4(), outcome="done", detail="", at=timezone.now())
    assert "unknown command" in caplog.text


@pytest.mark.parametrize(
    ("language", "said", "text"),
    [
        ("zh-hans", "offline", "集控器离线"),
        ("en", "offline", "the controller is offline"),
        ("en", "malformed: KeyError", "malformed: KeyError"),
    ],
)
def test_what_came_of_an_order_is_said_in_words(language, said, text):
    with translation.override(language):
        assert LockCommand(result=said).result_text == text
