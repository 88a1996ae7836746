"""A lot that is alone: for 48 h cars come in by themselves, then staff decide; who is inside is never locked out.

And the security of what it believes: nothing replayed, nothing of another lot, nothing of a platform that knows less.
"""

from __future__ import annotations

import json

import pytest

from hardware.cards.credential import Credential, seal
from hardware.gates.matching import Match
from hardware.gates.reading import Reading
from hardware.lotserver import contact, entry
from hardware.lotserver.booth import staff
from hardware.lotserver.grant_sync import GrantSync
from hardware.lotserver.judge import IsDenied, Opens, judge
from hardware.lotserver.platform_client import PlatformClient
from hardware.lotserver.store import Presence, Store, StoredCard, StoredGrant
from tests.hardware.lotserver.platform_server import Platform
from tests.hardware.lotserver.world import make_config

NOW = 2_000_000_000
GRANT = StoredGrant("g-1", 1, True, "A-01", ("粤A12345",), 7, "zh-hans", NOW - 3600, NOW + 30 * 86400)


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


def issue(store, config, *, issue_number=1, lot="yijing"):
    with store.writing() as write:
        write.meta("contact", str(NOW))
        write.grant(GRANT)
        write.card(StoredCard("04A1B2C3D4E5F6", issue_number, "issued", "g-1"))
    return seal(Credential(lot, "04A1B2C3D4E5F6", 7, GRANT.valid_until, 1), config.card_master_key)


def swipe(card, config, store, now):
    return judge(card, config.lines[0].controllers[0], now, store=store, config=config)


@pytest.mark.parametrize(
    ("hours", "inside", "opens"), [(47.9, False, True), (48.1, False, False), (48.1, True, True), (700, True, True)]
)
def test_after_48_hours_only_who_is_inside_is_opened_for(store, config, hours, inside, opens):
    card = issue(store, config)
    if inside:
        with store.writing() as write:
            write.presence(Presence("g-1", "粤A12345", "04A1B2C3D4E5F6", "inside"), NOW)
    verdict = swipe(card, config, store, NOW + hours * 3600)
    assert isinstance(verdict, Opens) is opens
    assert opens or verdict.detail == "not_current"


@pytest.mark.parametrize(("hours", "match"), [(47.9, Match.EXACT), (48.1, Match.NEAR)])
def test_after_48_hours_an_expected_plate_waits_for_a_person(store, config, monkeypatch, hours, match):
    issue(store, config)
    monkeypatch.setattr(store, "now", lambda: NOW + hours * 3600)
    found = entry.recognise(Reading("e-1", "粤A12345", 99), config.gates[0], store)
    with store.writing() as write:  # the card of the fixture is of a car that has left
        write.run("DELETE FROM card")
    assert (found.match, found.key) == (match, "g-1")


def test_contact_is_when_the_platform_signed_not_when_somebody_answered(store, sync, platform):
    platform.skew = -200
    sync.pull()
    assert abs(contact.last_contact(store) - (store.now() - 200)) < 5


def test_an_answer_that_was_kept_and_shown_again_is_refused(store, sync, platform):
    platform.give("g-1", spot="A-01", plates=["粤A1"])
    kept = []
    platform.forge = lambda text, signature: kept.append((text, signature)) or {"payload": text, "signature": signature}
    sync.pull()
    before = contact.last_contact(store)
    platform.give("g-1", spot="A-01", plates=["粤A1"], state="revoked")
    platform.forge = lambda text, signature: {"payload": kept[0][0], "signature": kept[0][1]}
    assert sync.try_pull()
    assert [e.payload["reason"] for e in store.events()] == ["replay"]
    assert (store.grant("g-1").active, contact.last_contact(store)) == (True, before)


def test_a_new_epoch_begins_anew_and_an_old_one_is_never_believed_again(store, sync, platform):
    for number in range(1, 4):
        platform.give(f"g-{number}", spot=f"A-0{number}", plates=[f"粤A{number}"])
    sync.pull()
    with store.writing() as write:
        write.presence(Presence("g-2", "粤A2", "04", "inside"), 1)
    platform.grants, platform.revision = {}, 0  # restored from an old backup ...
    platform.give("g-9", spot="A-04", plates=["粤A9"])
    sync.try_pull()
    assert [e.payload["reason"] for e in store.events()] == ["rollback"]
    assert store.grant("g-1") is not None
    platform.epoch = 7  # ... until a named person answers for it
    platform.payload_changes = {"since": 0, "grants": [platform.grants["g-9"]]}
    sync.pull()
    assert [g for g in ("g-1", "g-2", "g-3", "g-9") if store.grant(g)] == ["g-2", "g-9"], "who is inside gets out"
    assert (store.meta("grants_epoch"), store.grants_revision) == ("7", 1)
    platform.epoch, platform.revision = 6, 99
    sync.try_pull()
    assert store.grants_revision == 1


def test_a_new_epoch_is_believed_only_whole(store, sync, platform):
    platform.give("g-1", spot="A-01", plates=["粤A1"])
    sync.pull()
    platform.epoch = 2
    platform.payload_changes = {"since": 1}
    sync.try_pull()
    assert [e.payload["reason"] for e in store.events()] == ["gap"]


def test_the_staff_list_is_taken_over_whole_and_only_signed(store, sync, platform):
    person = {"member": 7, "name": "陈强", "language": "zh-hans", "pin": "scrypt$00$00"}
    platform.staff = [person, person | {"member": 8, "name": "李"}]
    sync.pull()
    assert [p.member for p in staff.everybody(store)] == [8, 7] or [p.member for p in staff.everybody(store)] == [7, 8]
    platform.staff = [person]
    platform.forge = lambda text, signature: {"payload": text.replace("陈强", "黑客"), "signature": signature}
    sync.try_pull()
    assert {p.name for p in staff.everybody(store)} == {"陈强", "李"}
    platform.forge = None
    sync.try_pull()
    assert [p.name for p in staff.everybody(store)] == ["陈强"]


def test_what_now_begins_later_is_forgotten(store, sync, platform):
    platform.give("g-1", spot="A-01", plates=["粤A1"])
    sync.pull()
    platform.payload_changes = {"later": ["g-1"]}
    platform.grants = {}
    sync.pull()
    assert store.grant("g-1") is None


def test_a_lot_whose_clock_is_far_off_still_reaches_the_platform(store, config, platform):
    """Its requests would be refused as too old: it signs by the platform's clock, and judges by what that one signs."""
    store.clock._ahead = -40 * 86400.0
    store.clock._anchor = (store.clock._wall() + store.clock._ahead, store.clock._monotonic())
    client = PlatformClient(config, store.now)
    platform.give("g-1", spot="A-01", plates=["粤A1"])
    GrantSync(store, client, config).pull()
    assert store.grant("g-1") is not None
    assert abs(store.now() - store.clock._wall()) < 5


def test_a_stolen_card_opens_nothing_once_it_is_revoked(store, config):
    card = issue(store, config)
    assert isinstance(swipe(card, config, store, NOW), Opens)
    with store.writing() as write:
        write.card(StoredCard("04A1B2C3D4E5F6", 1, "revoked", "g-1"))
    assert isinstance(swipe(card, config, store, NOW), IsDenied)
    with store.writing() as write:  # issued anew to somebody else: the stolen copy is of the issue before
        write.card(StoredCard("04A1B2C3D4E5F6", 2, "issued", "g-1"))
    assert swipe(card, config, store, NOW).detail == "issue"


def test_a_card_of_another_lot_opens_nothing(store, config):
    assert isinstance(swipe(issue(store, config, lot="tianhe"), config, store, NOW), IsDenied)


def test_ten_thousand_grants_stay_on_disk(store, sync, platform):
    """What memory holds does not grow with them: each question is asked of the database, by an index."""
    for number in range(10_000):
        platform.grants[f"g-{number}"] = json.loads(json.dumps(_raw(number)))
    platform.revision = 10_000
    sync.pull()
    assert store.rows("SELECT COUNT(*) FROM access_grant") == [(10_000,)]
    assert set(store.expected(NOW + 5)) == {"g-0"}
    (plan,) = [row[3] for row in store.rows("EXPLAIN QUERY PLAN SELECT * FROM access_grant WHERE id = 'g-1'")]
    assert plan.startswith("SEARCH")


def _raw(number):
    start = NOW + number * 60
    return {
        "id": f"g-{number}", "subject": f"g-{number}", "revision": number + 1, "state": "active", "spot": "A-01",
        "plates": [f"粤A{number:05}"], "member": number, "name": "王芳", "language": "zh-hans",
        "valid_from": start, "valid_until": start + 30,
    }  # fmt: skip
