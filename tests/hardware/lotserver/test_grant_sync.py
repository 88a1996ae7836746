"""Grants down: only what the platform signed for this lot, now or newer, is believed; the rest is told once."""

from __future__ import annotations

import json
import threading

import pytest

from hardware.lotserver import grant_sync
from hardware.lotserver.grant_sync import GrantsRejected, GrantSync
from hardware.lotserver.platform_client import PlatformClient, PlatformUnreachable
from hardware.lotserver.store import Presence, Store, StoredCard
from tests.hardware.lotserver.platform_server import Platform
from tests.hardware.lotserver.world import make_config


@pytest.fixture
def platform():
    made = Platform()
    yield made
    made.stop()


@pytest.fixture
def config(tmp_path, platform):
    return make_config(tmp_path, platform)


@pytest.fixture
def store(config):
    made = Store(config.store)
    yield made
    made.close()


@pytest.fixture
def sync(store, config):
    return GrantSync(store, PlatformClient(config), config)


def rejections(store):
    return [(e.payload["source"], e.payload["reason"]) for e in store.events() if e.kind == "rejected"]


def test_grants_are_stored_with_their_revision(store, sync, platform):
    platform.give("g-1", spot="A-01", plates=["粤A12345"])
    sync.pull()
    grant = store.grant("g-1")
    assert (store.grants_revision, grant.spot, grant.plates, grant.active) == (1, "A-01", ("粤A12345",), True)


def test_only_what_is_newer_is_asked_for(store, sync, platform):
    platform.give("g-1", spot="A-01", plates=["粤A1"])
    sync.pull()
    platform.give("g-2", spot="A-02", plates=["粤A2"])
    platform.grants["g-1"]["spot"] = "changed without a revision"
    sync.pull()
    assert (store.grants_revision, store.grant("g-1").spot, store.grant("g-2").spot) == (2, "A-01", "A-02")


def test_revoked_grant_replaces_the_live_one(store, sync, platform):
    platform.give("g-1", spot="A-01", plates=["粤A1"])
    sync.pull()
    platform.give("g-1", spot="A-01", plates=["粤A1"], state="revoked")
    sync.pull()
    assert not store.grant("g-1").active


def forged_text(text, signature):
    return {"payload": text.replace("粤A1", "粤B2"), "signature": signature}


@pytest.mark.parametrize(
    ("forge", "changes", "reason"),
    [
        (forged_text, {}, "signature"),
        (lambda text, signature: {"payload": text, "signature": ""}, {}, "signature"),
        (lambda text, signature: {"payload": text, "signature": "漢字"}, {}, "signature"),
        (lambda text, signature: {"payload": text}, {}, "form"),
        (lambda text, signature: {"payload": json.loads(text), "signature": signature}, {}, "form"),
        (None, {"lot": "tianhe"}, "lot"),
        (None, {"revision": 4}, "rollback"),
        (None, {"since": 6}, "gap"),
        (None, {"revision": "9"}, "form"),
        (None, {"revision": None}, "form"),
        (None, {"issued_at": "today"}, "form"),
        (None, {"grants": None}, "form"),
        (None, {"grants": [{"id": "g-9"}]}, "form"),
        (None, {"grants": ["g-9"]}, "form"),
    ],
)
def test_what_is_not_believed_changes_nothing_and_is_told_once(store, sync, platform, forge, changes, reason):
    for number in range(5):
        platform.give("g-1", spot="A-01", plates=["粤A1"], end=3600 + number)
    sync.pull()
    before = store.grant("g-1")
    platform.give("g-1", spot="A-01", plates=["粤A1"], end=9000)
    platform.forge, platform.payload_changes = forge, changes
    with pytest.raises(GrantsRejected) as refusal:
        sync.pull()
    assert refusal.value.reason == reason
    assert [sync.try_pull() for _ in range(3)] == [True] * 3
    assert (store.grant("g-1"), store.grants_revision) == (before, 5)
    assert rejections(store) == [("grants", reason)]
    platform.forge, platform.payload_changes = None, {}
    assert sync.try_pull()
    assert store.grants_revision == 6
    platform.payload_changes = {"lot": "tianhe"}
    sync.try_pull()
    assert rejections(store) == [("grants", reason), ("grants", "lot")], "well in between: told again"


@pytest.mark.parametrize(
    "change",
    [{"plates": "粤A1"}, {"plates": [1]}, {"valid_from": "1"}, {"valid_until": True}, {"member": -1}, {"spot": 3}],
)
def test_grant_with_a_wrong_field_is_refused_whole(store, sync, platform, change):
    platform.give("g-1", spot="A-01", plates=["粤A1"])
    platform.give("g-2", spot="A-02", plates=["粤A2"])
    platform.grants["g-2"].update(change)
    sync.try_pull()
    assert (store.grant("g-1"), store.grants_revision, rejections(store)) == (None, 0, [("grants", "form")])


@pytest.mark.parametrize(("skew", "told"), [(0, False), (295, False), (-295, False), (400, True), (-400, True)])
def test_clock_that_differs_is_told_once_and_grants_still_count(store, sync, platform, skew, told):
    platform.skew = skew
    platform.give("g-1", spot="A-01", plates=["粤A1"])
    for _ in range(3):
        sync.pull()
    assert store.grant("g-1") is not None
    assert len(rejections(store)) == told


def test_platform_away_is_no_rejection(store, sync, platform):
    platform.away = True
    with pytest.raises(PlatformUnreachable):
        sync.pull()
    assert [sync.try_pull(), rejections(store)] == [False, []]


def test_ended_grants_are_forgotten_two_days_later_but_not_of_a_car_inside(store, sync, platform):
    platform.give("g-1", spot="A-01", plates=["粤A1"], end=-grant_sync.KEEP_ENDED - 60)
    platform.give("g-2", spot="A-02", plates=["粤A2"], end=-grant_sync.KEEP_ENDED - 60)
    platform.give("g-3", spot="A-03", plates=["粤A3"], end=-grant_sync.KEEP_ENDED + 60)
    with store.writing() as write:
        write.presence(Presence("g-1", "粤A1", "04AA", "inside"), 1)
    sync.pull()
    assert [g for g in ("g-1", "g-2", "g-3") if store.grant(g)] == ["g-1", "g-3"]


def test_push_makes_the_thread_pull_and_a_platform_that_was_away_is_found(store, sync, platform, monkeypatch):
    monkeypatch.setattr(grant_sync, "FIRST_PAUSE", 0.02)
    platform.away = True
    sync.start()
    try:
        platform.give("g-1", spot="A-01", plates=["粤A1"])
        sync.pull_soon()
        platform.away = False
        assert _until(lambda: store.grants_revision == 1)
        platform.give("g-2", spot="A-02", plates=["粤A2"])
        sync.pull_soon()
        assert _until(lambda: store.grants_revision == 2)
    finally:
        sync.stop()


def _until(seen):
    """Ask 100 times a second at most 10 s: a store has no event for what is read from it."""
    pause = threading.Event()
    return any(seen() or pause.wait(0.01) for _ in range(1000))


def test_void_cards_are_refused_by_their_issue(store, sync, platform):
    with store.writing() as write:
        for number, issue in (("1", 3), ("2", 4)):
            write.card(StoredCard(f"04A1B2C3D4E50{number}", issue, "issued", "g-1"))
    platform.give("g-1", spot="A-01", plates=["粤A1"])
    platform.payload_changes = {
        "void_cards": [{"uid": f"04A1B2C3D4E50{number}", "issue": 3} for number in ("1", "2", "9")]
    }
    sync.pull()
    assert store.card("04A1B2C3D4E501").state == "revoked"
    assert store.card("04A1B2C3D4E502").state == "issued", "a later issue than the one that was lost"
    assert store.card("04A1B2C3D4E509") is None


@pytest.mark.parametrize("void", [{}, ["04"], [{"uid": 4, "issue": 1}], [{"uid": "04", "issue": "1"}], [{"uid": "04"}]])
def test_void_cards_of_another_form_are_not_believed(store, sync, platform, void):
    platform.give("g-1", spot="A-01", plates=["粤A1"])
    platform.payload_changes = {"void_cards": void}
    with pytest.raises(GrantsRejected, match="form"):
        sync.pull()
    assert store.grant("g-1") is None
