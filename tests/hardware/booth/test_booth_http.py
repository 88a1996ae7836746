"""The booth page as somebody meets it who should not be there, and as staff use it without a platform."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager

import pytest
import requests

from hardware.event_kinds import EventKind
from hardware.lotserver import calls
from hardware.lotserver.booth import sessions, staff
from hardware.lotserver.booth.texts import TEXTS
from hardware.lotserver.calls import Person
from hardware.lotserver.feed import CallState
from hardware.lotserver.store import Presence, StoredGrant
from hardware.lotserver.store_files import StoreFull
from tests.hardware.booth.conftest import HASH, Visitor, told

GRANT = StoredGrant("g-1", 1, True, "A-01", ("粤A12345",), 70, "zh-hans", 0, 4_000_000_000, "<i>王芳</i>")


def test_nobody_sees_anything_before_they_sign_in(runtime, visitor):
    with runtime.store.writing() as write:
        write.grant(GRANT)
        call = calls.call_for_help(write, 1, "button", controller="c1")
    for path in ("/", f"/calls/{call}", "/spots/A-01", "/gates/in-1"):
        assert "粤" not in visitor.get(path).text
        assert 'name="pin"' in visitor.get(path).text
    assert visitor.get("/board").status_code == 401
    for path in (f"/calls/{call}/take", "/spots/A-01", "/gates/in-1", "/plates/1/let-in"):
        visitor.post(path, reason="let me", kind="unlock")
    assert [e.kind for e in runtime.store.events()] == ["emergency_raised"]


def test_only_staff_with_a_pin_are_offered_and_names_are_text(visitor):
    page = visitor.get().text
    assert ("陈强" in page, "no PIN" in page, "<b>Eve" in page, "&lt;b&gt;Eve" in page) == (True, False, False, True)


@pytest.mark.parametrize(("member", "pin"), [(7, "135791"), (7, ""), (9, ""), (99, "135790"), ("x", "135790")])
def test_a_wrong_pin_lets_nobody_in(runtime, visitor, member, pin):
    assert visitor.sign_in(member, pin).status_code == 403
    assert told(runtime, "staff_signed_in") == []
    assert 'name="pin"' in visitor.get().text


def test_after_five_wrong_pins_not_even_the_right_one_is_taken(runtime, visitor):
    assert [visitor.sign_in(7, "246802").status_code for _ in range(5)] == [403] * 5
    assert visitor.sign_in().status_code == 429
    assert visitor.sign_in(8).status_code == 200, "a colleague is not locked out"


def test_tries_are_forgotten_in_time_and_counted_by_address_too(runtime):
    now = [0.0]
    made = sessions.Sessions(runtime.store, lambda: now[0])
    for number in range(sessions.WRONG_PER_ADDRESS):
        made.sign_in(1000 + number, "1", "10.0.0.9")
    with pytest.raises(sessions.TooManyTries):
        made.sign_in(7, "135790", "10.0.0.9")
    now[0] = sessions.WRONG_WITHIN + 1
    secret, person = made.sign_in(7, "135790", "10.0.0.9")
    assert made.of(secret)[1] == person
    now[0] += sessions.LASTS
    assert made.of(secret) is None


def test_who_is_taken_off_the_staff_list_is_out_at_once(runtime, guard):
    assert "Emergency calls" in guard.get("/?lang=en").text
    with runtime.store.writing() as write:
        staff.replace(write, [])
    assert 'name="pin"' not in guard.get().text
    assert "Nobody has set a PIN yet" in guard.get().text


def test_each_form_needs_the_key_of_its_session(runtime, guard):
    other = Visitor(runtime)
    other.sign_in(8)
    for key in ("", "guessed", other.key()):
        assert guard.post("/gates/in-1", key=key, reason="why").status_code == 403
    assert told(runtime, "staff_order") == []
    stranger = requests.post(f"{guard.url}/sign-in", {"key": "x", "member": 7, "pin": "135790"}, timeout=30)
    assert stranger.status_code == 403


def test_headers_keep_everything_foreign_out(guard, runtime):
    for path in ("/", "/spots/A-01", "/nothing", "/booth.css", "/board"):
        headers = guard.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")
    cookie = Visitor(runtime).sign_in().history[0].headers["Set-Cookie"]
    assert "HttpOnly; SameSite=Strict" in cookie
    page = guard.get().text
    assert " style=" not in page
    assert "://" not in page


@pytest.mark.parametrize(
    "path", ["/nothing", "/calls/none", "/spots/Z-99", "/gates/x", "/spots/%00", "/%2e%2e/server.py", "/calls/a/b"]
)
def test_what_is_not_there_is_said_so(guard, path):
    assert guard.get(path).status_code == 404


def test_a_body_that_is_too_large_is_not_read(guard):
    assert guard.post("/gates/in-1", reason="x" * 9000).status_code == 413
    assert guard.get("//evil.example/?lang=en", allow_redirects=False).headers["Location"] == "/evil.example/"


def test_calls_are_taken_and_resolved_with_a_note_by_name(runtime, guard):
    with runtime.store.writing() as write:
        call = calls.call_for_help(
            write, runtime.store.now(), "unlock_failed", controller="c1", spot="A-01", grant="g-1"
        )
    assert "A-01" in guard.get("/").text
    assert guard.post(f"/calls/{call}", note="too early").status_code == 422
    page = guard.post(f"/calls/{call}/take")
    assert page.url.endswith(f"/calls/{call}")
    assert guard.post(f"/calls/{call}", note="  ").status_code == 422
    assert guard.post(f"/calls/{call}", note="锁里有石子，已清除").status_code == 200
    by = {"call": call, "grant": "g-1", "member": 7, "name": "陈强"}
    assert told(runtime, "call_taken") == [by]
    assert told(runtime, "call_resolved") == [by | {"note": "锁里有石子，已清除"}]
    assert calls.open_calls(runtime.store) == []


def test_of_two_who_take_a_call_one_has_it(runtime, guard):
    with runtime.store.writing() as write:
        call = calls.call_for_help(write, runtime.store.now(), "button", controller="c1")
    calls.take(runtime.store, call, Person(8, "Eve"))
    answer = guard.post(f"/calls/{call}/take")
    assert (answer.status_code, "Somebody else has taken it." in guard.get("/?lang=en").text) == (422, False)
    assert len(told(runtime, "call_taken")) == 1
    calls.take(runtime.store, call, Person(8, "Eve"))
    assert len(told(runtime, "call_taken")) == 1


def test_what_the_desk_did_is_shown_and_never_undone(runtime):
    with runtime.store.writing() as write:
        call = calls.call_for_help(write, runtime.store.now(), "button", controller="c1")
    for state, by, shown in (
        ("acknowledged", "desk", ("acknowledged", "desk")),
        ("resolved", "desk", ("resolved", "desk")),
        ("acknowledged", "other", ("resolved", "desk")),
        ("nonsense", "other", ("resolved", "desk")),
    ):
        with runtime.store.writing() as write:
            calls.follow_platform(runtime.store, write, [CallState(call, state, by)])
        after = calls.call_of(runtime.store, call)
        assert (after.state, after.taken_by) == shown


@pytest.mark.parametrize(
    ("path", "fields", "words"),
    [
        ("/gates/in-1", {"reason": " "}, "Say why"),
        ("/spots/A-01", {"kind": "unlock"}, "Say why"),
        ("/spots/A-01", {"kind": "explode", "reason": "why"}, "no such thing"),
        ("/gates/nowhere", {"reason": "why"}, "no such thing"),
        ("/gates/in-1", {"reason": "x" * 201}, "At most 200"),
        ("/plates/99/let-in", {}, "no longer waiting"),
    ],
)
def test_orders_need_a_reason_and_a_thing(runtime, guard, path, fields, words):
    guard.get("/?lang=en")
    answer = guard.post(path, **fields)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert told(runtime, "staff_order") == []


def test_an_order_is_told_with_name_and_reason_before_its_result(runtime, guard):
    guard.post("/spots/A-01", kind="unlock", reason="卡丢了")
    (order,), (result,) = told(runtime, "staff_order"), told(runtime, "command_result")
    assert (order["deed"], order["spot"], order["member"], order["name"], order["reason"]) == (
        "unlock", "A-01", 7, "陈强", "卡丢了",
    )  # fmt: skip
    assert (result["command"], result["outcome"], result["detail"]) == (order["command"], "failed", "offline")
    kinds = [event.kind for event in runtime.store.events()]
    assert kinds.index("staff_order") < kinds.index("command_result")
    assert "the lock did not move" not in guard.get("/?lang=en").text
    assert "no answer" in guard.get("/").text


def test_an_order_that_a_crash_cut_off_is_failed_at_the_next_start(runtime):
    with runtime.store.writing() as write:
        write.event(EventKind.STAFF_ORDER, 1, command="c-1", deed="unlock", spot="A-01", gate="", name="n", reason="r")
    for _ in range(2):
        runtime.booth.deeds.recover()
    assert told(runtime, "command_result") == [{"command": "c-1", "outcome": "failed", "detail": "restarted"}]


def test_who_is_here_is_shown_as_text(runtime, guard):
    with runtime.store.writing() as write:
        write.grant(GRANT)
        write.presence(Presence("g-1", "粤A12345", "04AA", "inside"), 1)
    page = guard.get().text
    assert ("粤A·12345" in page, "A-01" in page, "<i>" in page, "&lt;i&gt;王芳" in page) == (True, True, False, True)


def test_the_board_answers_as_soon_as_somebody_calls(runtime, guard):
    page = guard.get("/board").text
    version = page.split('data-version="')[1].split('"')[0]
    answers = []
    asking = threading.Thread(target=lambda: answers.append(guard.get(f"/board?seen={version}").text))
    asking.start()
    with runtime.store.writing() as write:
        call = calls.call_for_help(write, runtime.store.now(), "button", controller="c2")
    asking.join(10)
    assert call in answers[0]


@pytest.mark.parametrize("failure", [StoreFull("full"), sqlite3.OperationalError("disk I/O error")])
def test_what_cannot_be_recorded_is_not_done_and_said_so(runtime, guard, failure, monkeypatch):
    guard.get("/?lang=en")
    key, taken = guard.key(), []
    monkeypatch.setattr(runtime.orders, "take", taken.append)

    @contextmanager
    def full(*, urgent=False):
        raise failure
        yield

    monkeypatch.setattr(runtime.store, "writing", full)
    answer = guard.post("/gates/in-1", key=key, reason="why")
    assert (answer.status_code, "it was not done" in answer.text, taken) == (503, True, [])


def test_a_near_plate_is_confirmed_once_with_one_tap(runtime, guard):
    now = runtime.store.now()
    read = {"gate": "in-1", "confidence": 90, "direction": "entry", "camera_event": "e"}
    with runtime.store.writing() as write:
        write.grant(GRANT)
        write.event(EventKind.PLATE_READ, now, plate="粤A12346", match="near", grant="g-1", **read)
        write.event(EventKind.PLATE_READ, now, plate="京B1", match="none", grant=None, **read)
    numbers = [e.sequence for e in runtime.store.events() if e.kind == "plate_read"]
    assert f"/plates/{numbers[0]}/let-in" in guard.get().text
    assert guard.post(f"/plates/{numbers[1]}/let-in").status_code == 422, "nobody expects that one"
    assert guard.post(f"/plates/{numbers[0]}/let-in").status_code == 200
    assert guard.post(f"/plates/{numbers[0]}/let-in").status_code == 422
    (order,) = told(runtime, "staff_order")
    assert (order["deed"], order["gate"], order["reason"]) == ("open_gate", "in-1", "粤A12346 → 粤A12345")


def test_every_text_is_in_both_languages():
    for key, pair in TEXTS.items():
        assert all(pair), key
        assert pair[0] != pair[1] or key == "pin"
    assert HASH not in str(TEXTS)
