"""M5: every verdict and its reason, and the way to the right controller."""

from __future__ import annotations

import math

import pytest

from hardware.cards.credential import Credential, seal
from hardware.lotserver.config import ControllerConfig
from hardware.lotserver.directions import arrow, directions
from hardware.lotserver.judge import IsDenied, IsElsewhere, Layout, Opens, judge
from hardware.lotserver.store import Store, StoredCard, StoredGrant
from hardware.osdp.vendor import DenialReason
from tests.hardware.lotserver.world import make_config

UID = "04A1B2C3D4E5F6"
FROM, UNTIL = 1_000_000, 1_003_600
NOW = FROM + 60


@pytest.fixture
def config(tmp_path):
    return make_config(tmp_path)


@pytest.fixture
def store(config):
    made = Store(config.store)
    keep(made)
    yield made
    made.close()


def keep(store, *, state="issued", issue=3, active=True, spot="A-01", grant="g-1"):
    with store.writing() as write:
        write.card(StoredCard(UID, issue, state, "g-1"))
        if grant:
            write.grant(StoredGrant(grant, 1, active, spot, ("粤A12345",), 7, "en", FROM, UNTIL))


def swipe(store, config, *, at="c1", now=NOW, issue=3, lot="yijing", key=None, **fields):
    credential = Credential(lot, UID, 7, UNTIL, issue, **fields)
    data = seal(credential, key or config.card_master_key)
    return judge(data, Layout(config).controllers[at], now, store=store, config=config)


def test_right_card_at_the_right_controller_opens(store, config):
    assert swipe(store, config) == Opens(0, "A-01", "g-1", UID)


def test_lock_is_the_spot_s_place_on_its_controller(store, config):
    keep(store, spot="A-04")
    assert swipe(store, config, at="c2") == Opens(1, "A-04", "g-1", UID)


def test_right_card_elsewhere_is_shown_the_way(store, config):
    verdict = swipe(store, config, at="c2")
    assert (type(verdict), verdict.spot, verdict.grant_id) == (IsElsewhere, "A-01", "g-1")
    assert verdict.text.splitlines()[0] == "Your spot is A-01"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (FROM - 0.001, DenialReason.TOO_EARLY),
        (FROM, None),
        (UNTIL - 0.001, None),
        (UNTIL, DenialReason.TOO_LATE),
    ],
)
def test_validity_to_the_second(store, config, now, expected):
    verdict = swipe(store, config, now=now)
    assert getattr(verdict, "reason", None) == expected
    assert isinstance(verdict, IsDenied) is (expected is not None)


@pytest.mark.parametrize(
    ("how", "reason", "detail"),
    [
        ({"lot": "tianhe"}, DenialReason.BAD_CREDENTIAL, "lot"),
        ({"key": bytes(16)}, DenialReason.BAD_CREDENTIAL, "tag"),
        ({"key_id": 2}, DenialReason.BAD_CREDENTIAL, "key"),
        ({"issue": 2}, DenialReason.REVOKED, "issue"),
        ({"issue": 4}, DenialReason.REVOKED, "issue"),
    ],
)
def test_card_that_is_not_believed(store, config, how, reason, detail):
    verdict = swipe(store, config, **how)
    assert (verdict.reason, verdict.detail) == (reason, detail)


@pytest.mark.parametrize("data", [b"", b"\x00" * 40, b"x" * 200])
def test_bytes_that_are_no_card(store, config, data):
    verdict = judge(data, Layout(config).controllers["c1"], NOW, store=store, config=config)
    assert verdict.reason == DenialReason.UNKNOWN_CARD


@pytest.mark.parametrize(
    ("kept", "reason", "detail"),
    [
        ({"state": "returned"}, DenialReason.REVOKED, "issue"),
        ({"state": "revoked"}, DenialReason.REVOKED, "issue"),
        ({"active": False}, DenialReason.REVOKED, "grant"),
        ({"spot": "Z-99"}, DenialReason.UNAVAILABLE, "no lock"),
    ],
)
def test_grant_or_card_that_is_no_longer_good(store, config, kept, reason, detail):
    keep(store, **kept)
    verdict = swipe(store, config)
    assert (verdict.reason, verdict.detail, verdict.card) == (reason, detail, UID)


def test_revoked_grant_is_denied_at_every_controller_without_directions(store, config):
    keep(store, active=False)
    assert {type(swipe(store, config, at=code)) for code in ("c1", "c2")} == {IsDenied}


def test_card_that_this_lot_never_handed_out(config, store):
    with store.writing() as write:
        write.card(StoredCard("04FFFFFFFFFFFF", 3, "issued", "g-1"))
        write._connection.execute("DELETE FROM card WHERE uid = ?", (UID,))
    assert swipe(store, config) == IsDenied(DenialReason.UNKNOWN_CARD, "card", card=UID)


def test_card_without_a_grant(store, config):
    with store.writing() as write:
        write.card(StoredCard(UID, 3, "issued", "gone"))
    assert swipe(store, config) == IsDenied(DenialReason.NO_GRANT, "grant", card=UID)


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [(1, 0, "→"), (1, 1, "↘"), (0, 1, "↓"), (-1, 1, "↙"), (-1, 0, "←"), (-1, -1, "↖"), (0, -1, "↑"), (1, -1, "↗")],
)
def test_arrow_points_the_way_on_the_plan(x, y, expected):
    assert arrow((5.0, 5.0), (5.0 + x, 5.0 + y)) == expected


@pytest.mark.parametrize(("degrees", "expected"), [(22, "→"), (23, "↘"), (67, "↘"), (68, "↓"), (-22, "→"), (-23, "↗")])
def test_arrow_changes_half_way(degrees, expected):
    angle = math.radians(degrees)
    assert arrow((0.0, 0.0), (math.cos(angle), math.sin(angle))) == expected


def controller(x, y, number=1, label_en=None):
    english = f"Controller {number}" if label_en is None else label_en
    return ControllerConfig(f"c{number}", number, bytes(16), (), f"{number} 号集控器", english, (x, y))


@pytest.mark.parametrize(
    ("language", "first"), [("zh-hans", "您的车位"), ("zh", "您的车位"), ("en", "Your"), ("fr", "Your")]
)
def test_member_s_language_comes_first(language, first):
    text = directions("A-12", controller(0, 0), controller(0, 33, 2), language)
    assert text.startswith(first)
    assert "\n↓ 约 35 米，请到 2 号集控器刷卡" in text
    assert "\n↓ about 35 m: swipe at Controller 2" in text


@pytest.mark.parametrize(("metres", "beside"), [(0.0, True), (4.0, True), (4.1, False)])
def test_neighbour_is_beside(metres, beside):
    text = directions("A-12", controller(0, 0), controller(metres, 0, 2), "zh")
    assert ("旁边" in text) is ("next to" in text) is beside
    assert ("→" in text) is not beside


def test_sign_without_english_is_shown_in_chinese():
    assert "swipe at 2 号集控器" in directions("A-12", controller(0, 0), controller(9, 0, 2, label_en=""), "en")
