"""48 h without a platform, 2,000 swipes, then it is back: every event once, in order, and grants that agree."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db.models import Max
from django.utils import timezone

from berth.kernel import signatures
from hardware.domain import grants
from hardware.event_kinds import EventKind
from hardware.lotserver.platform_client import PlatformUnreachable
from hardware.lotserver.uplink import Uplink
from hardware.models import Grant, LotEvent, LotServer
from tests.hardware.making import make_grant, make_site
from tests.hardware.platform.test_lot_server_meets_platform import Flaky
from tests.hardware.platform.test_lot_server_meets_platform import LotServer as Lot

pytestmark = pytest.mark.django_db(transaction=True)
SWIPES = 2000


@pytest.fixture
def site(transactional_db):
    return make_site()


@pytest.fixture
def lot(site, live_server, settings, tmp_path):
    settings.GRANT_SIGNING_KEY = signatures.new_private_key()
    made = Lot(site, live_server.url, settings.GRANT_SIGNING_KEY, tmp_path)
    yield made
    made.stop()


def swipe(lot, numbers, since, grant=None):
    with lot.store.writing() as write:
        for number in numbers:
            write.event(
                EventKind.SWIPE_JUDGED, since + number * 86.4, controller="C1", request=number, verdict="open",
                reason="", card="04A1", grant=grant, spot="A-11",
            )  # fmt: skip


def send_all(lot, uplink):
    lost = 0
    while lot.store.events(1):
        try:
            uplink.send_batch()
        except PlatformUnreachable:
            lost += 1
    return lost


def held(lot):
    rows = lot.store.rows("SELECT id, revision, state FROM access_grant ORDER BY id")
    return [(grant_id, revision, state) for grant_id, revision, state in rows]


def test_every_event_arrives_once_in_order_and_grants_converge(site, lot):
    first, second, third = (make_grant(site, spot) for spot in site.spots[:3])
    lot.grants.pull()
    began = time.time() - 48 * 3600
    swipe(lot, range(SWIPES), began)
    grants.revoke(subject_id=first.subject_id)  # meanwhile, above
    later = timezone.now() + timedelta(hours=1)
    grants.give(
        subject_id=second.subject_id, lot=site.lot, spot=second.spot, member=second.member, plates=["粤B99999"],
        valid_from=later, valid_until=later + timedelta(hours=2),
    )  # fmt: skip
    make_grant(site, site.spots[3])
    lost = send_all(lot, Uplink(lot.store, Flaky(lot.client, 3), site.lot.code, "test"))
    lot.grants.pull()
    assert lost > 3
    told = list(LotEvent.objects.order_by("sequence").values_list("sequence", "payload__request", "occurred_at"))
    assert [(sequence, request) for sequence, request, _ in told] == [(n + 1, n) for n in range(SWIPES)]
    assert all(abs(at.timestamp() - began - n * 86.4) < 0.01 for n, (_, _, at) in enumerate(told))
    assert held(lot) == [
        (str(pk), revision, state)
        for pk, revision, state in Grant.objects.order_by("pk").values_list("pk", "revision", "state")
    ]
    assert third.pk in {grant.pk for grant in Grant.objects.filter(state="active")}


def test_a_platform_from_a_backup_gets_again_what_it_lost_and_is_told_what_is_gone(site, lot):
    swipe(lot, range(50), time.time() - 3600)
    send_all(lot, lot.uplink)
    LotEvent.objects.filter(sequence__gt=20).delete()  # restored
    LotServer.objects.filter(lot=site.lot).update(last_sequence=20)
    lot.tell(number=50)
    send_all(lot, lot.uplink)
    assert [e.sequence for e in LotEvent.objects.order_by("sequence")] == list(range(1, 52))
    with lot.store.writing() as write:  # two days later the lot has them no more ...
        write.forget_taken_events(time.time() + 49 * 3600)
    LotEvent.objects.filter(sequence__gt=20).delete()  # ... and it happens again
    LotServer.objects.filter(lot=site.lot).update(last_sequence=20)
    lot.tell(number=51)
    send_all(lot, lot.uplink)
    (missing,) = LotEvent.objects.filter(kind="missing")
    assert (missing.sequence, missing.payload) == (51, {"first": 21, "last": 51})
    assert LotEvent.objects.aggregate(newest=Max("sequence")) == {"newest": 52}


def test_lots_do_not_hear_each_other(site, lot, live_server, settings, tmp_path):
    """With its own good key a lot server is refused another lot's grants and events; so is another key in its name."""
    others = make_site()
    make_grant(others)
    with pytest.raises(PlatformUnreachable) as refusal:
        lot.client.get(f"/api/v1/lots/{others.lot.code}/grants", since=0)
    assert refusal.value.status == 403
    site.private_key = lot.config.lot_private_key
    assert site.post(others.path("events"), {"grants_revision": 0, "events": []}).status_code == 403
    assert site.get(others.path("grants"), lot=others.lot.code).status_code == 401
    assert LotServer.objects.get(lot=others.lot).last_seen_at is None


def test_a_signed_request_that_is_played_again_changes_nothing(site):
    """Within five minutes it is taken for a repetition, which changes nothing; afterwards it is refused."""
    body = {"version": "1", "grants_revision": 0, "events": [
        {"sequence": 1, "kind": "plate_read", "occurred_at": int(time.time() * 1000), "payload": {"plate": "粤A1"}},
    ]}  # fmt: skip
    answers = [site.post(site.path("events"), body).json() for _ in range(2)]
    assert answers == [{"accepted_through": 1}] * 2
    assert LotEvent.objects.count() == 1
    assert site.post(site.path("events"), body, timestamp=int(time.time()) - 301).status_code == 401
