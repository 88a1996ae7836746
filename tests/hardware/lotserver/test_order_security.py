"""Orders over a broker where anybody may write: forged, replayed and stale ones are refused and counted."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest

from berth.kernel import signatures
from berth.kernel.canonical import canonical_json
from hardware.lotserver import worker
from tests.hardware.lotserver.test_orders import STAFF, Parts

KEY, OTHER = signatures.new_private_key(), signatures.new_private_key()


@pytest.fixture
def parts(tmp_path):
    made = Parts(tmp_path)
    yield made
    made.store.close()


def order(**fields):
    return {
        "id": "o-1",
        "lot": "yijing",
        "kind": "unlock",
        "spot": "A-02",
        "issued_at": int(time.time()),
        **STAFF,
        **fields,
    }


def envelope(fields, key=KEY):
    text = canonical_json(fields)
    return {"payload": text.decode(), "signature": signatures.sign(key, text)}


def send(parts, message):
    """As the Celery task does."""
    parts.orders.take_signed(message, lot="yijing", public_key=signatures.public_key_of(KEY))


def spoilt(message):
    content = json.loads(message["payload"])
    return {**message, "payload": canonical_json({**content, "spot": "A-01"}).decode()}


def test_signed_order_is_obeyed_once(parts):
    message = envelope(order())
    send(parts, message)
    send(parts, message)
    assert len(parts.line.sent) == 1
    assert (dict(parts.orders.rejected), parts.told("rejected")) == ({}, []), "a broker may bring it twice"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (lambda: order(), "form"),
        (list, "form"),
        (lambda: None, "form"),
        (lambda: {"payload": "{}", "signature": None}, "form"),
        (lambda: {"payload": "not json", "signature": signatures.sign(KEY, b"not json")}, "form"),
        (lambda: {"payload": "[]", "signature": signatures.sign(KEY, b"[]")}, "form"),
        (lambda: {"payload": "\ud800", "signature": "x"}, "signature"),
        (lambda: envelope(order(), OTHER), "signature"),
        (lambda: {**envelope(order()), "signature": ""}, "signature"),
        (lambda: spoilt(envelope(order())), "signature"),
        (lambda: envelope(order(lot="zhujiang")), "lot"),
        (lambda: envelope({name: value for name, value in order().items() if name != "lot"}), "lot"),
    ],
)
def test_forged_order_is_refused_and_counted_each_time_and_told_once(parts, message, reason):
    for _ in range(3):
        send(parts, message())
    assert parts.orders.rejected == {reason: 3}
    assert [(e["source"], e["reason"]) for e in parts.told("rejected")] == [("command", reason)]
    assert (parts.line.sent, parts.told()) == ([], []), "nothing moves, and a forger gets no answer"


def test_stale_order_is_refused_counted_and_answered(parts):
    send(parts, envelope(order(issued_at=int(time.time()) - 31)))
    assert parts.orders.rejected == {"stale": 1}
    assert (parts.outcome(), parts.line.sent) == (("refused", "stale"), [])


def test_order_that_was_kept_and_played_back_is_refused_and_counted(parts, monkeypatch):
    message = envelope(order())
    send(parts, message)
    later = parts.store.now() + 60
    monkeypatch.setattr(parts.store, "now", lambda: later)
    send(parts, message)
    assert (len(parts.line.sent), dict(parts.orders.rejected)) == (1, {"replayed": 1})


def test_the_task_takes_only_what_is_signed(parts):
    app = worker.Celery("test", set_as_current=False)
    config = SimpleNamespace(lot="yijing", platform_public_key=signatures.public_key_of(KEY))
    worker._add_tasks(app, SimpleNamespace(orders=parts.orders, config=config))
    app.tasks["lot.command"](order())
    assert parts.line.sent == []
    app.tasks["lot.command"](envelope(order()))
    assert len(parts.line.sent) == 1


def test_text_goes_to_the_display_of_one_controller(parts):
    parts.order(kind="show_text", controller="c2", text="请绕行", **STAFF)
    ((address, message),) = parts.line.sent
    assert (address, message.text, message.seconds) == (2, "请绕行", 60)
    assert parts.outcome() == ("done", "shown")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kind": "show_text", "controller": "c9", "text": "x", **STAFF}, "unknown"),
        ({"kind": "show_text", "controller": "c1", "text": "", **STAFF}, "text"),
        ({"kind": "show_text", "controller": "c1", "text": "长" * 150, **STAFF}, "text"),
        ({"kind": "show_text", "controller": "c1", "text": "x"}, "no_authority"),
        ({"kind": "self_test", "grant": "g-1"}, "no_authority"),
    ],
)
def test_orders_to_displays_and_tests_are_for_staff_and_fit(parts, fields, reason):
    parts.order(**fields)
    assert (parts.outcome(), parts.line.sent) == (("refused", reason), [])
