"""Events in words."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from berth.design import icons
from hardware.event_kinds import EventKind
from operations.sentences import sentence

CASES: list[tuple[EventKind, dict[str, Any], str, str]] = [
    (
        EventKind.PLATE_READ,
        {"plate": "粤B12345", "gate": "in-1", "match": "exact", "direction": "entry"},
        "粤B·12345 recognised at in-1, expected",
        "green",
    ),
    (
        EventKind.PLATE_READ,
        {"plate": "粤B12345", "gate": "out-1", "match": "exact", "direction": "exit"},
        "粤B·12345 recognised at out-1, leaving",
        "green",
    ),
    (
        EventKind.PLATE_READ,
        {"plate": "粤B1Z345", "gate": "in-1", "match": "near"},
        "粤B·1Z345 read at in-1: close to an expected plate, please check",
        "amber",
    ),
    (
        EventKind.PLATE_READ,
        {"plate": "粤A99999", "gate": "in-1", "match": "none"},
        "粤A·99999 read at in-1: not expected",
        "amber",
    ),
    (EventKind.CARD_ISSUED, {"card": "04AB", "gate": "in-1"}, "Card 04AB handed out at in-1", ""),
    (EventKind.VEHICLE_ENTERED, {"plate": "粤B12345", "gate": "in-1"}, "粤B·12345 drove in through in-1", "green"),
    (
        EventKind.SWIPE_JUDGED,
        {"controller": "C3", "verdict": "open", "spot": "A-12"},
        "Card accepted at C3, spot A-12 opens",
        "green",
    ),
    (
        EventKind.SWIPE_JUDGED,
        {"controller": "C1", "verdict": "elsewhere", "spot": "A-12"},
        "Card swiped at C1, directed to spot A-12",
        "amber",
    ),
    (
        EventKind.SWIPE_JUDGED,
        {"controller": "C1", "verdict": "denied", "reason": "revoked"},
        "Card refused at C1: revoked",
        "red",
    ),
    (EventKind.LOCK_CHANGED, {"spot": "A-12", "acknowledged": "raised"}, "Lock A-12 closed", ""),
    (EventKind.LOCK_CHANGED, {"spot": "A-12", "acknowledged": "lowered"}, "Lock A-12 open", ""),
    (
        EventKind.LOCK_CHANGED,
        {"spot": "A-12", "acknowledged": "lowered", "vehicle_present": True},
        "Lock A-12 open, a car stands there",
        "",
    ),
    (EventKind.LOCK_CHANGED, {"spot": "A-12", "acknowledged": "moving"}, "Lock A-12 moving", ""),
    (EventKind.LOCK_CHANGED, {"spot": "A-12", "acknowledged": "jammed"}, "Lock A-12 is jammed", "red"),
    (EventKind.LOCK_CHANGED, {"spot": "A-12", "acknowledged": "offline"}, "Lock A-12 does not answer", "red"),
    (
        EventKind.LOCK_CHANGED,
        {"spot": "A-12", "acknowledged": "raised", "battery_low": True},
        "Lock A-12 closed; its battery is low",
        "amber",
    ),
    (
        EventKind.UNLOCK_RESULT,
        {"spot": "A-12", "controller": "C3", "outcome": "opened"},
        "Lock A-12 opened by C3",
        "green",
    ),
    (
        EventKind.UNLOCK_RESULT,
        {"spot": "A-12", "outcome": "failed", "tries": 6},
        "Lock A-12 did not open after 6 tries",
        "red",
    ),
    (EventKind.VEHICLE_LEFT, {"plate": "粤B12345", "gate": "out-1"}, "粤B·12345 drove out through out-1", ""),
    (EventKind.CARD_COLLECTED, {"card": "04AB", "gate": "out-1"}, "Card 04AB taken back at out-1", ""),
    (
        EventKind.EMERGENCY_RAISED,
        {"spot": "A-12", "reason": "unlock_failed"},
        "Emergency call from A-12: the lock did not open",
        "red",
    ),
    (
        EventKind.EMERGENCY_RAISED,
        {"controller": "C3", "spot": None, "reason": "button"},
        "Emergency call from C3: emergency button",
        "red",
    ),
    (EventKind.CONTROLLER_CHANGED, {"controller": "C3", "online": True}, "Controller C3 is online", "green"),
    (
        EventKind.CONTROLLER_CHANGED,
        {"controller": "C3", "online": False, "reason": "no reply"},
        "Controller C3 is offline: no reply",
        "red",
    ),
    (EventKind.COMMAND_RESULT, {"outcome": "done"}, "Order from the desk: done", "green"),
    (
        EventKind.COMMAND_RESULT,
        {"outcome": "refused", "detail": "too old"},
        "Order from the desk: refused, too old",
        "amber",
    ),
    (EventKind.COMMAND_RESULT, {"outcome": "failed", "detail": "jammed"}, "Order from the desk: failed, jammed", "red"),
    (
        EventKind.REJECTED,
        {"source": "camera", "reason": "signature"},
        "A camera message was rejected: signature",
        "amber",
    ),
]


@pytest.mark.parametrize(("kind", "payload", "text", "tone"), CASES)
def test_event_is_said_in_words(kind: EventKind, payload: dict[str, Any], text: str, tone: str) -> None:
    with translation.override("en"):
        said = sentence(kind, payload)
    assert (said.text, said.tone) == (text, tone)
    assert icons.drawing(said.icon)


@pytest.mark.parametrize("kind", [*EventKind, "from_the_future"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_event_without_any_facts_is_still_said(kind: str, language: str) -> None:
    with translation.override(language):
        assert sentence(kind, {}).text


def test_chinese_has_its_own_words_for_every_kind() -> None:
    for kind, payload, english, _tone in CASES:
        with translation.override("zh-hans"):
            assert sentence(kind, payload).text != english
