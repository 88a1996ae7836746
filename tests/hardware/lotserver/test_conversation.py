"""What a controller says, said twice or late, and what the platform is told of it."""

from __future__ import annotations

import pytest

from hardware.cards.credential import Credential, seal
from hardware.lotserver.controllers import Conversation
from hardware.lotserver.judge import Layout
from hardware.lotserver.locks import Locks
from hardware.lotserver.store import Store, StoredCard, StoredGrant
from hardware.osdp.vendor import (
    Acknowledge,
    Denied,
    Elsewhere,
    Emergency,
    EmergencyReason,
    LockReport,
    LockStatus,
    Open,
    Outcome,
    Status,
    Swipe,
)
from tests.hardware.lotserver.world import make_config

UID = "04A1B2C3D4E5F6"
NOW = 1_000_060.0


@pytest.fixture
def config(tmp_path):
    return make_config(tmp_path)


@pytest.fixture
def store(config):
    made = Store(config.store)
    with made.writing() as write:
        write.card(StoredCard(UID, 1, "issued", "g-1"))
        write.grant(StoredGrant("g-1", 1, True, "A-01", ("粤A12345",), 7, "en", 1_000_000, 1_003_600))
    yield made
    made.close()


def talk(config, store, code="c1"):
    layout = Layout(config)
    locks = Locks(store, layout, lambda spot: None)
    return Conversation(config, layout.controllers[code], store, locks, lambda write, number, report: None)


@pytest.fixture
def good(config):
    return seal(Credential("yijing", UID, 7, 1_003_600, 1), config.card_master_key)


@pytest.fixture
def forged(good):
    return good[:-1] + bytes([good[-1] ^ 1])


def told(store, kind):
    return [event.payload for event in store.events() if event.kind == kind]


def test_repeated_swipe_gets_the_same_verdict_and_is_told_once(config, store, good):
    conversation = talk(config, store)
    answers = [conversation.answer(5, Swipe(9, 1, good), NOW + n) for n in range(3)]
    assert [type(answer) for answer in answers] == [Open] * 3
    assert {answer.request for answer in answers} == {9}
    assert [(e["verdict"], e["request"], e["grant"]) for e in told(store, "swipe_judged")] == [("open", 9, "g-1")]


def test_swipe_repeated_after_a_restart_is_told_once(config, store, good):
    talk(config, store).answer(5, Swipe(9, 1, good), NOW)
    assert isinstance(talk(config, store).answer(5, Swipe(9, 1, good), NOW + 1), Open)
    assert len(told(store, "swipe_judged")) == 1


def test_attempts_of_a_denied_swipe_are_told_as_one(config, store, forged):
    conversation = talk(config, store)
    for attempt in range(1, 7):
        assert isinstance(conversation.answer(attempt, Swipe(9, attempt, forged), NOW + attempt), Denied)
    assert [e["reason"] for e in told(store, "swipe_judged")] == ["bad_credential"]
    assert [(e["source"], e["reason"]) for e in told(store, "rejected")] == [("card", "tampered")]


def test_card_that_becomes_good_between_two_attempts_opens(config, store, good):
    conversation = talk(config, store)
    with store.writing() as write:
        write.card(StoredCard(UID, 0, "issued", "g-1"))
    assert isinstance(conversation.answer(1, Swipe(9, 1, good), NOW), Denied)
    with store.writing() as write:
        write.card(StoredCard(UID, 1, "issued", "g-1"))
    assert isinstance(conversation.answer(2, Swipe(9, 2, good), NOW + 1), Open)
    assert [e["verdict"] for e in told(store, "swipe_judged")] == ["denied", "open"]


def test_swipe_elsewhere_is_shown_the_way_and_told(config, store, good):
    answer = talk(config, store, "c2").answer(1, Swipe(9, 1, good), NOW)
    assert isinstance(answer, Elsewhere)
    assert "A-01" in answer.text
    assert [e["verdict"] for e in told(store, "swipe_judged")] == ["elsewhere"]


def call(conversation, number, request, reason=EmergencyReason.BUTTON, at=NOW):
    assert conversation.answer(number, Emergency(request, reason), at) == Acknowledge()


def test_call_is_told_once_however_often_it_is_repeated(config, store):
    conversation = talk(config, store)
    for _ in range(3):
        call(conversation, 7, 0)
    (event,) = told(store, "emergency_raised")
    assert (event["controller"], event["reason"], event["spot"], event["grant"]) == ("c1", "button", None, None)


def test_two_calls_are_two(config, store):
    conversation = talk(config, store)
    call(conversation, 7, 0)
    call(conversation, 8, 0)
    first, second = told(store, "emergency_raised")
    assert first["call"] != second["call"]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (EmergencyReason.BUTTON, "button"),
        (EmergencyReason.LOCK_FAILED, "unlock_failed"),
        (EmergencyReason.TAMPER, "tamper"),
    ],
)
def test_call_names_who_swiped_last(config, store, good, reason, said):
    conversation = talk(config, store)
    conversation.answer(1, Swipe(9, 1, good), NOW)
    call(conversation, 2, 9, reason)
    (event,) = told(store, "emergency_raised")
    assert (event["reason"], event["spot"], event["grant"]) == (said, "A-01", "g-1")


def test_call_after_a_card_that_was_refused_says_so(config, store, forged):
    conversation = talk(config, store)
    conversation.answer(1, Swipe(9, 1, forged), NOW)
    call(conversation, 2, 9)
    assert told(store, "emergency_raised")[0]["reason"] == "verification_failed"


def test_call_long_after_a_swipe_is_about_nobody(config, store, good):
    conversation = talk(config, store)
    conversation.answer(1, Swipe(9, 1, good), NOW)
    call(conversation, 2, 9, at=NOW + 3600)
    assert told(store, "emergency_raised")[0]["grant"] is None


def test_late_repetition_of_an_earlier_swipe_does_not_take_the_place_of_the_last(config, store, good, forged):
    conversation = talk(config, store)
    conversation.answer(1, Swipe(8, 1, forged), NOW)
    conversation.answer(2, Swipe(9, 1, good), NOW + 1)
    conversation.answer(1, Swipe(8, 1, forged), NOW + 2)
    call(conversation, 3, 9, at=NOW + 3)
    assert told(store, "emergency_raised")[0]["grant"] == "g-1"


def test_call_of_a_failed_lock_names_its_spot_whoever_swiped_since_and_after_a_restart(config, store, good, forged):
    conversation = talk(config, store)
    conversation.answer(5, Swipe(9, 1, good), NOW)
    conversation.answer(6, Swipe(10, 1, forged), NOW + 5)
    conversation.answer(7, Emergency(9, EmergencyReason.LOCK_FAILED), NOW + 30)
    talk(config, store).answer(8, Emergency(9, EmergencyReason.LOCK_FAILED), NOW + 31)
    assert [(e["reason"], e["spot"], e["grant"]) for e in told(store, "emergency_raised")] == [
        ("unlock_failed", "A-01", "g-1")
    ] * 2


def test_lock_whose_opening_is_told_after_the_car_has_left_rises_again(config, store, good):
    """Noise held the report up, and the stay was short."""
    asked = []
    layout = Layout(config)
    locks = Locks(store, layout, asked.append)
    conversation = Conversation(config, layout.controllers["c1"], store, locks, lambda write, number, report: None)
    conversation.answer(4, Status((int(LockStatus.RAISED), int(LockStatus.RAISED))), NOW)
    conversation.answer(5, Swipe(9, 1, good), NOW)
    with store.writing() as write:
        locks.want_raised(write, "A-01")
    locks.raise_if_free("A-01")
    assert asked == []
    conversation.answer(6, LockReport(9, 0, 0, int(Outcome.OPENED), int(LockStatus.LOWERED), 1), NOW + 9)
    assert asked == ["A-01"]
