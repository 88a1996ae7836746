"""Orders from above and the wishes of the lot itself, down to what a controller is sent."""

from __future__ import annotations

import time
from concurrent.futures import Future

import pytest

from hardware.cards.credential import Credential, seal
from hardware.lotserver import locks as lock_rules
from hardware.lotserver import orders as order_rules
from hardware.lotserver.controllers import Conversation
from hardware.lotserver.judge import Layout
from hardware.lotserver.lines import Lines
from hardware.lotserver.locks import Locks
from hardware.lotserver.orders import Orders
from hardware.lotserver.store import Store, StoredCard, StoredGrant
from hardware.osdp import vendor
from hardware.osdp.vendor import Acknowledge, EmergencyReason, LockReport, LockStatus, Outcome, Raise, Unlock
from tests.hardware.lotserver.world import make_config

NOW = int(time.time())
STAFF = {"by": "值班 陈", "reason": "检修"}
RAISED, LOWERED, VEHICLE = LockStatus.RAISED, LockStatus.LOWERED, LockStatus.VEHICLE


class RecordingLine:
    """In a line's place: keeps what goes out."""

    def __init__(self):
        self.sent = []
        self.up = True

    def send(self, address, message):
        if self.up:
            self.sent.append((address, message))
        return self.up


class Gate:
    def __init__(self):
        self.orders = []

    def open_by_order(self):
        self.orders.append(Future())
        return self.orders[-1]


class Parts:
    def __init__(self, directory):
        self.config = make_config(directory)
        self.store = Store(self.config.store)
        layout = Layout(self.config)
        self.line = RecordingLine()
        lines = Lines(self.config, self.store)
        lines.add(1, self.line)
        self.gate = Gate()
        self.locks = Locks(self.store, layout, lambda spot: self.orders.raise_lock(spot))
        self.orders = Orders(self.store, layout, lines, self.locks, {"in-1": self.gate})
        self.talk = {
            code: Conversation(self.config, controller, self.store, self.locks, self.orders.lock_reported)
            for code, controller in layout.controllers.items()
        }
        with self.store.writing() as write:
            write.grant(StoredGrant("g-1", 1, True, "A-02", ("粤A1",), 7, "zh", NOW - 60, NOW + 3600))
            write.grant(StoredGrant("g-old", 1, True, "A-02", ("粤A1",), 7, "zh", NOW - 60, NOW - 1))
            write.grant(StoredGrant("g-off", 1, False, "A-02", ("粤A1",), 7, "zh", NOW - 60, NOW + 3600))

    def order(self, **fields):
        self.orders.take({"id": "o-1", "kind": "unlock", "spot": "A-02", "issued_at": int(time.time()), **fields})

    def told(self, kind="command_result"):
        return [event.payload for event in self.store.events(1000) if event.kind == kind]

    def outcome(self):
        ((outcome, detail),) = [(e["outcome"], e["detail"]) for e in self.told()]
        return outcome, detail


@pytest.fixture
def parts(tmp_path):
    made = Parts(tmp_path)
    yield made
    made.store.close()


def report(parts, number, outcome, status, *, lock=1, request=0, tries=1, message=1):
    return parts.talk["c1"].answer(message, LockReport(request, number, lock, outcome, status, tries))


def test_order_of_staff_goes_to_the_right_controller_and_is_answered(parts):
    parts.order(spot="A-04", **STAFF)
    ((address, message),) = parts.line.sent
    assert (address, message) == (2, Unlock(message.command, 1, 0))
    assert parts.told() == []
    parts.talk["c2"].answer(9, LockReport(0, message.command, 1, Outcome.OPENED, LOWERED))
    assert parts.outcome() == ("done", "opened")


def test_order_of_a_member_opens_for_a_while_only(parts):
    """Nobody but the lot itself raises a lock that a member opened and then did not use."""
    parts.order(grant="g-1")
    assert [m.hold for _, m in parts.line.sent] == [order_rules.HOLD_SECONDS]
    assert (parts.store.lock("A-02").commanded, parts.store.lock("A-02").grant_id) == ("lowered", "g-1")


def test_order_twice_is_done_once(parts):
    parts.order(**STAFF)
    parts.order(**STAFF)
    assert len(parts.line.sent) == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"issued_at": NOW - 3600, **STAFF}, "stale"),
        ({"issued_at": NOW + 3600, **STAFF}, "stale"),
        ({}, "no_authority"),
        ({"by": "值班 陈", "reason": " "}, "no_authority"),
        ({"by": "", "reason": "检修"}, "no_authority"),
        ({"grant": "g-old"}, "no_authority"),
        ({"grant": "g-off"}, "no_authority"),
        ({"grant": "unknown"}, "no_authority"),
        ({"grant": "g-1", "spot": "A-01"}, "no_authority"),
        ({"grant": "g-1", "kind": "raise"}, "no_authority"),
        ({"grant": "g-1", "kind": "open_gate", "gate": "in-1"}, "no_authority"),
        ({"spot": "Z-99", **STAFF}, "unknown"),
        ({"kind": "explode", **STAFF}, "unknown"),
        ({"kind": "open_gate", "gate": "nowhere", **STAFF}, "unknown"),
        ({"kind": "open_gate", **STAFF}, "malformed: KeyError"),
        ({"issued_at": "soon", **STAFF}, "malformed: ValueError"),
        ({"issued_at": None, **STAFF}, "malformed: TypeError"),
    ],
)
def test_order_that_is_refused_moves_nothing_and_says_why(parts, fields, reason):
    parts.order(**fields)
    assert parts.outcome() == ("refused", reason)
    assert (parts.line.sent, parts.gate.orders) == ([], [])
    assert parts.store.lock("A-02").commanded == "raised"


@pytest.mark.parametrize("order", [{}, {"id": ""}, {"id": None}, [], "unlock", None])
def test_order_without_a_name_is_rejected(parts, order):
    parts.orders.take(order)
    assert [(e["source"], e["reason"]) for e in parts.told("rejected")] == [("command", "no id")]


@pytest.mark.parametrize(
    ("error", "outcome"), [(None, ("done", "")), (RuntimeError("no answer"), ("failed", "no answer"))]
)
def test_gate_is_opened_by_order_and_answered_when_it_is_open(parts, error, outcome):
    parts.order(kind="open_gate", gate="in-1", **STAFF)
    (done,) = parts.gate.orders
    assert parts.told() == []
    if error:
        done.set_exception(error)
    else:
        done.set_result(None)
    assert parts.outcome() == outcome


def test_order_on_a_line_that_is_down_fails_at_once(parts):
    parts.line.up = False
    parts.order(**STAFF)
    assert parts.outcome() == ("failed", "offline")


def test_order_that_could_not_be_delivered_fails(parts):
    parts.order(**STAFF)
    ((_, message),) = parts.line.sent
    parts.orders.not_delivered(message.command)
    parts.orders.not_delivered(message.command)
    assert parts.outcome() == ("failed", "offline")


def test_controller_that_never_answers_fails_the_order(parts, monkeypatch):
    parts.order(**STAFF)
    parts.orders.give_up_late()
    assert parts.told() == []
    monkeypatch.setattr(order_rules, "ANSWER_WITHIN", 0.0)
    parts.orders.give_up_late()
    parts.orders.give_up_late()
    assert parts.outcome() == ("failed", "no_answer")


def test_order_that_a_crash_left_unanswered_is_answered_at_the_next_start(parts, tmp_path):
    parts.order(**STAFF)
    parts.store.close()
    again = Parts(tmp_path)
    again.orders.recover()
    again.orders.recover()
    assert again.outcome() == ("failed", "restarted")
    again.order(**STAFF)
    assert again.line.sent == [], "and it is not done after all"
    again.store.close()


def test_command_numbers_go_on_after_a_restart(parts, tmp_path):
    parts.order(id="o-1", **STAFF)
    parts.order(id="o-2", **STAFF)
    first = [m.command for _, m in parts.line.sent]
    parts.store.close()
    again = Parts(tmp_path)
    again.order(id="o-3", **STAFF)
    assert [*first, again.line.sent[0][1].command] == [1, 2, 3]
    again.store.close()


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [(Outcome.FAILED, ("failed", "failed")), (Outcome.REFUSED, ("refused", "refused")), (99, ("failed", "failed"))],
)
def test_what_a_controller_says_is_the_answer(parts, outcome, answer):
    parts.order(**STAFF)
    report(parts, parts.line.sent[0][1].command, outcome, RAISED)
    assert parts.outcome() == answer


def test_unlock_by_order_is_evidence_like_one_by_swipe(parts):
    parts.order(grant="g-1")
    report(parts, parts.line.sent[0][1].command, Outcome.OPENED, LOWERED, tries=2)
    assert parts.told("unlock_result") == [
        {"spot": "A-02", "controller": "c1", "grant": "g-1", "command": "o-1", "outcome": "opened", "tries": 2}
    ]


# --- what controllers say ---------------------------------------------------------------------


def test_repeated_message_counts_once_and_is_acknowledged_each_time(parts):
    answers = [report(parts, 0, Outcome.CHANGED, LOWERED, message=5) for _ in range(3)]
    assert answers == [Acknowledge()] * 3
    assert len(parts.told("lock_changed")) == 1


def test_repetition_is_known_after_a_restart(parts, tmp_path):
    parts.talk["c1"].answer(5, vendor.Emergency(0, EmergencyReason.BUTTON))
    parts.store.close()
    again = Parts(tmp_path)
    again.talk["c1"].answer(5, vendor.Emergency(0, EmergencyReason.BUTTON))
    assert len(again.told("emergency_raised")) == 1
    again.talk["c2"].answer(5, vendor.Emergency(0, EmergencyReason.BUTTON))
    again.talk["c1"].answer(6, vendor.Emergency(0, EmergencyReason.BUTTON))
    assert len(again.told("emergency_raised")) == 3, "another controller, another message"
    again.store.close()


def test_lock_that_a_controller_does_not_have_changes_nothing(parts):
    assert report(parts, 0, Outcome.CHANGED, LOWERED, lock=7) == Acknowledge()
    assert parts.store.events() == []


@pytest.mark.parametrize(
    ("status", "position"),
    [
        (RAISED, "raised"),
        (LOWERED, "lowered"),
        (LockStatus(0), "moving"),
        (LOWERED | LockStatus.JAMMED, "jammed"),
        (RAISED | LockStatus.UNREACHABLE, "offline"),
    ],
)
def test_position_of_a_lock(status, position):
    assert lock_rules.position_of(status) == position


def test_change_is_told_and_no_change_is_not(parts):
    for message, status in enumerate((LOWERED | VEHICLE, LOWERED | VEHICLE, LOWERED | LockStatus.BATTERY_LOW), 1):
        report(parts, 0, Outcome.CHANGED, status, message=message)
    assert [(e["vehicle_present"], e["battery_low"]) for e in parts.told("lock_changed")] == [
        (True, False),
        (False, True),
    ]


def test_status_of_all_locks_is_taken(parts):
    parts.talk["c1"].answer(1, vendor.Status((int(RAISED), int(LOWERED | VEHICLE))))
    assert [(e["spot"], e["acknowledged"]) for e in parts.told("lock_changed")] == [
        ("A-01", "raised"),
        ("A-02", "lowered"),
    ]


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        (EmergencyReason.BUTTON, "button"),
        (EmergencyReason.TAMPER, "tamper"),
        (EmergencyReason.LOCK_FAILED, "unlock_failed"),
    ],
)
def test_call_for_help_says_why(parts, reason, word):
    parts.talk["c1"].answer(1, vendor.Emergency(0, reason))
    ((call),) = parts.told("emergency_raised")
    assert (call["controller"], call["reason"], call["spot"], call["grant"]) == ("c1", word, None, None)


def test_call_is_about_the_last_swipe_while_whoever_swiped_may_still_be_there(parts):
    talk = parts.talk["c1"]
    assert talk.answer(1, vendor.Swipe(4, 1, b"no card"), NOW).reason == vendor.DenialReason.UNKNOWN_CARD
    talk.answer(2, vendor.Emergency(4, EmergencyReason.BUTTON), NOW + 300)
    talk.answer(3, vendor.Emergency(4, EmergencyReason.BUTTON), NOW + 301)
    talk.answer(4, vendor.Emergency(5, EmergencyReason.BUTTON), NOW + 10)
    assert [e["reason"] for e in parts.told("emergency_raised")] == ["verification_failed", "button", "button"]


def test_denial_is_told_once_for_all_attempts_of_a_swipe(parts):
    for attempt in range(1, 7):
        parts.talk["c1"].answer(attempt, vendor.Swipe(4, attempt, b"no card"))
    parts.talk["c1"].answer(7, vendor.Swipe(5, 1, b"no card"))
    assert [(e["request"], e["verdict"], e["reason"]) for e in parts.told("swipe_judged")] == [
        (4, "denied", "unknown_card"),
        (5, "denied", "unknown_card"),
    ]


# --- locks that should be up --------------------------------------------------------------------


def leave(parts, spot="A-02"):
    with parts.store.writing() as write:
        parts.locks.want_raised(write, spot)
    parts.locks.raise_if_free(spot)


def test_lock_rises_after_leaving_only_when_the_vehicle_has_gone(parts):
    report(parts, 0, Outcome.CHANGED, LOWERED | VEHICLE, message=1)
    leave(parts)
    assert parts.line.sent == []
    report(parts, 0, Outcome.CHANGED, LOWERED, message=2)
    ((address, message),) = parts.line.sent
    assert (address, type(message), message.lock) == (1, Raise, 1)
    report(parts, message.command, Outcome.RAISED, RAISED, message=3)
    twin = parts.store.lock("A-02")
    assert (twin.commanded, twin.acknowledged, twin.raise_wanted, twin.grant_id) == ("raised", "raised", False, None)
    parts.locks.raise_all_wanted()
    assert len(parts.line.sent) == 1


def test_wish_survives_a_restart(parts, tmp_path):
    report(parts, 0, Outcome.CHANGED, LOWERED | VEHICLE, message=1)
    leave(parts)
    parts.store.close()
    again = Parts(tmp_path)
    again.talk["c1"].answer(9, vendor.Status((int(RAISED), int(LOWERED))))
    assert [type(m) for _, m in again.line.sent] == [Raise]
    again.store.close()


def test_wish_is_not_repeated_while_a_controller_tries(parts, monkeypatch):
    """Each new order would begin the controller's tries anew, so that a jam would never be told."""
    report(parts, 0, Outcome.CHANGED, LOWERED, message=1)
    leave(parts)
    parts.locks.raise_all_wanted()
    assert len(parts.line.sent) == 1
    monkeypatch.setattr(lock_rules, "ASK_AGAIN_AFTER", 0.0)
    parts.locks.raise_all_wanted()
    assert len(parts.line.sent) == 2


def test_next_stay_takes_the_wish_back(parts):
    report(parts, 0, Outcome.CHANGED, LOWERED | VEHICLE, message=1)
    leave(parts)
    parts.order(grant="g-1")
    report(parts, 0, Outcome.CHANGED, LOWERED, message=2)
    assert [type(m) for _, m in parts.line.sent] == [Unlock]


def test_lock_that_is_up_already_is_left_alone(parts):
    report(parts, 0, Outcome.CHANGED, RAISED, message=1)
    leave(parts)
    assert (parts.line.sent, parts.store.lock("A-02").raise_wanted) == ([], False)


def test_card_swiped_again_after_its_lock_was_opened_opens_it_again(parts):
    card = Credential("yijing", "04A1B2C3D4E5F6", 7, NOW + 3600, 1)
    with parts.store.writing() as write:
        write.card(StoredCard(card.chip_uid, 1, "issued", "g-1"))
    data = seal(card, parts.config.card_master_key)
    verdicts = [parts.talk["c1"].answer(n, vendor.Swipe(n, 1, data)) for n in (1, 2)]
    assert verdicts == [vendor.Open(1, 1, 600), vendor.Open(2, 1, 600)]
