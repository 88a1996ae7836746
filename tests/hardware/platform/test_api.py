"""The lot servers' API: who may, what is signed, and what is refused."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from berth.kernel import signatures
from hardware.domain import grants, rejections
from hardware.models import LotEvent
from tests.hardware.making import make_grant, make_site
from tests.lots.making import make_member

pytestmark = pytest.mark.django_db


def pulled(site, since=0):
    """The payload of the grants, after checking its signature."""
    answer = site.get(site.path(f"grants?since={since}"))
    assert answer.status_code == 200
    body = answer.json()
    return json.loads(body["payload"]), body


def batch(*sequences, **more):
    occurred = [
        {"sequence": n, "kind": "plate_read", "occurred_at": 1_780_000_000_000 + n, "payload": {"plate": "粤B12345"}}
        for n in sequences
    ]
    return {"version": "1", "grants_revision": 0, "events": occurred} | more


def refused_today(reason):
    return rejections.of_day(source="lot_api", day=timezone.now().date()).get(reason, 0)


# --- grants ------------------------------------------------------------------------------------------------


def test_grants_are_signed_and_say_everything_a_lot_needs(site, signing_key):
    member = make_member(display_name="王芳", language="en")
    grant = make_grant(site, member=member, plates=["粤B12345", "粤AD12345"])
    payload, body = pulled(site)
    assert signatures.verify(signatures.public_key_of(signing_key), body["payload"].encode(), body["signature"])
    issued_at = payload.pop("issued_at")
    assert abs(issued_at - time.time()) < 60
    assert 0 <= payload.pop("horizon") - issued_at - 48 * 3600 <= 1
    assert payload == {
        "lot": site.lot.code,
        "epoch": 1,
        "revision": 1,
        "since": 0,
        "nonce": "",
        "later": [],
        "void_cards": [],
        "staff": [],
        "calls": [],
        "grants": [
            {
                "id": str(grant.pk),
                "subject": str(grant.subject_id),
                "revision": 1,
                "state": "active",
                "spot": "A-11",
                "plates": ["粤AD12345", "粤B12345"],
                "member": member.pk,
                "name": "王芳",
                "language": "en",
                "valid_from": int(grant.valid_from.timestamp()),
                "valid_until": int(grant.valid_until.timestamp()),
            }
        ],
    }


def test_only_changes_after_the_revision_are_sent(site, signing_key):
    first = make_grant(site)
    make_grant(site, site.spots[1])
    grants.revoke(subject_id=first.subject_id)
    payload, _ = pulled(site, since=2)
    assert [(g["id"], g["revision"], g["state"]) for g in payload["grants"]] == [(str(first.pk), 3, "revoked")]
    assert (payload["revision"], payload["since"]) == (3, 2)
    assert pulled(site, since=3)[0]["grants"] == []


def test_a_lot_never_sees_grants_of_another(site, signing_key):
    make_grant(make_site())
    assert pulled(site)[0]["grants"] == []


def test_a_lot_that_starts_from_nothing_is_spared_old_grants(site, signing_key):
    now = timezone.now()
    make_grant(site, valid_from=now - timedelta(days=9), valid_until=now - timedelta(days=8))
    recent = make_grant(site, valid_from=now - timedelta(days=2), valid_until=now - timedelta(days=1))
    assert [g["id"] for g in pulled(site)[0]["grants"]] == [str(recent.pk)]


@pytest.mark.parametrize("since", ["-1", "x", "1.5", "٣", "9" * 30, "99999999999999999999"])
def test_a_revision_that_is_none_is_a_bad_request(site, signing_key, since):
    path = site.path("grants")
    answer = Client().get(path, {"since": since}, headers=site.signed("GET", f"{path}?{_query(since)}"))
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert "since" in answer.json()["errors"]


def _query(since):
    from urllib.parse import urlencode

    return urlencode({"since": since})


def test_without_a_signing_key_nothing_is_handed_out(site, settings):
    settings.GRANT_SIGNING_KEY = ""
    answer = site.get(site.path("grants?since=0"))
    assert (answer.status_code, answer.json()["title"]) == (503, "no_signing_key")


# --- events ------------------------------------------------------------------------------------------------


def test_events_are_taken_and_acknowledged(site):
    assert site.post(site.path("events"), batch(1, 2)).json() == {"accepted_through": 2}
    assert site.post(site.path("events"), batch(2, 3)).json() == {"accepted_through": 3}
    assert LotEvent.objects.count() == 3
    assert LotEvent.objects.get(sequence=1).payload == {"plate": "粤B12345"}


def test_a_gap_is_told_by_what_was_accepted(site):
    assert site.post(site.path("events"), batch(2)).json() == {"accepted_through": 0}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"events": 1}',
        batch(0),
        batch(1, version="x" * 41),
        batch(1, grants_revision=-1),
        {"version": "1", "events": []},
        batch(*range(1, 502)),
        {**batch(), "events": [{"sequence": 1, "kind": "x" * 33, "occurred_at": 1_780_000_000_000, "payload": {}}]},
        {**batch(), "events": [{"sequence": 1, "kind": "x", "occurred_at": 10**18, "payload": {}}]},
        {**batch(), "events": [{"sequence": 2**63, "kind": "x", "occurred_at": 1_780_000_000_000, "payload": {}}]},
        {**batch(), "events": [{"sequence": 1, "kind": "x", "occurred_at": 1_780_000_000_000, "payload": "text"}]},
    ],
)
def test_events_in_another_shape_are_a_bad_request_and_change_nothing(site, content):
    answer = site.post(site.path("events"), content)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert LotEvent.objects.count() == 0


def test_a_body_that_is_too_large_is_a_bad_request(site, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = site.post(site.path("events"), batch(*range(1, 60)))
    assert answer.status_code == 400
    assert LotEvent.objects.count() == 0


# --- who may --------------------------------------------------------------------------------------------------

METHODS = pytest.mark.parametrize(("method", "what"), [("get", "grants"), ("post", "events")])


def call(site, method, path, **changes):
    return site.get(path, **changes) if method == "get" else site.post(path, batch(1), **changes)


@METHODS
def test_nobody_comes_in_unsigned(site, method, what):
    answer = getattr(Client(), method)(site.path(what), content_type="application/json")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Berth-Signature")
    assert answer["Content-Type"] == "application/problem+json"


@METHODS
def test_a_signed_in_member_even_a_superuser_is_not_a_lot(site, method, what):
    client = Client()
    client.force_login(
        make_member(is_superuser=True, is_staff=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert getattr(client, method)(site.path(what), content_type="application/json").status_code in (401, 403)


@METHODS
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"key": signatures.new_private_key()}, "signature"),
        ({"lot": "no-such-lot"}, "unknown_lot"),
        ({"timestamp": int(time.time()) - 301}, "timestamp"),
        ({"timestamp": int(time.time()) + 400}, "timestamp"),
        ({"timestamp": "soon"}, "timestamp"),
        ({"timestamp": "９９"}, "timestamp"),
    ],
)
def test_a_request_that_is_not_signed_rightly_is_refused_and_counted(site, method, what, changes, reason):
    answer = call(site, method, site.path(what), **changes)
    assert answer.status_code == 401
    assert refused_today(reason) == 1
    assert LotEvent.objects.count() == 0


@METHODS
def test_a_lot_reaches_only_its_own_path(site, method, what, signing_key):
    other = make_site()
    answer = call(site, method, other.path(what))
    assert (answer.status_code, refused_today("other_lot")) == (403, 1)
    assert LotEvent.objects.count() == 0


def test_a_signature_of_another_body_is_refused(site):
    answer = site.post(site.path("events"), batch(1), signed_body=json.dumps(batch(2)).encode())
    assert (answer.status_code, LotEvent.objects.count()) == (401, 0)


def test_a_signature_of_another_query_is_refused(site, signing_key):
    headers = site.signed("GET", site.path("grants?since=5"))
    assert Client().get(site.path("grants?since=0"), headers=headers).status_code == 401


def test_a_lot_without_a_registered_key_is_refused(site):
    server = site.server
    server.public_key = ""
    server.save()
    assert site.post(site.path("events"), batch(1)).status_code == 401
