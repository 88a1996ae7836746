"""The lot server's own client against the real API over HTTP: nothing between them is played."""

from __future__ import annotations

import json
import random
import time

import pytest

from berth.kernel import signatures
from hardware.domain import grants, lot_files
from hardware.event_kinds import EventKind
from hardware.lotserver import config as server_config
from hardware.lotserver.grant_sync import GrantSync
from hardware.lotserver.platform_client import PlatformClient, PlatformUnreachable
from hardware.lotserver.store import Store
from hardware.lotserver.uplink import Uplink
from hardware.models import LotEvent
from tests.hardware.making import make_grant, make_site

pytestmark = pytest.mark.django_db(transaction=True)


class LotServer:
    """The parts of a lot server that speak with the platform, on a store of their own."""

    def __init__(self, site, url: str, signing_key: str, directory) -> None:
        around = lot_files.Around(directory, url, "redis://127.0.0.1:1", signatures.public_key_of(signing_key))
        content = lot_files.server_file(site.lot, around)
        lot_files.register(site.lot, content)
        path = directory / site.lot.code / "server.json"
        lot_files.write(path, content)
        self.config = server_config.load(path)
        self.store = Store(self.config.store)
        self.client = PlatformClient(self.config)
        self.client._session.headers["Connection"] = "close"  # a kept one would hold on to the test database
        self.grants = GrantSync(self.store, self.client, self.config)
        self.uplink = Uplink(self.store, self.client, self.config.lot, "test")

    def stop(self) -> None:
        self.client._session.close()
        self.store.close()

    def tell(self, kind: EventKind = EventKind.PLATE_READ, **payload: object) -> None:
        with self.store.writing() as write:
            write.event(kind, time.time(), **payload)


@pytest.fixture
def signing_key(settings) -> str:
    settings.GRANT_SIGNING_KEY = signatures.new_private_key()
    return settings.GRANT_SIGNING_KEY


@pytest.fixture
def site(transactional_db):
    return make_site()


@pytest.fixture
def lot_server(site, live_server, signing_key, tmp_path):
    server = LotServer(site, live_server.url, signing_key, tmp_path)
    yield server
    server.stop()


def test_a_grant_reaches_the_lot_and_leaves_it_when_revoked(site, lot_server):
    given = make_grant(site)
    lot_server.grants.pull()
    stored = lot_server.store.grant(str(given.pk))
    assert (stored.active, stored.spot, stored.plates) == (True, "A-11", ("粤B12345",))
    assert (stored.valid_from, stored.valid_until) == (
        int(given.valid_from.timestamp()),
        int(given.valid_until.timestamp()),
    )
    grants.revoke(subject_id=given.subject_id)
    lot_server.grants.pull()
    assert not lot_server.store.grant(str(given.pk)).active
    assert lot_server.store.grants_revision == site.server.grants_revision == 2


def test_events_arrive_with_their_payload_and_are_forgotten_by_the_lot(site, lot_server):
    given = make_grant(site)
    lot_server.tell(EventKind.VEHICLE_ENTERED, grant=str(given.pk), plate="粤B12345", gate="in-1", card="04")
    lot_server.uplink.send_batch()
    event = LotEvent.objects.get()
    assert (event.grant, event.kind, event.payload["plate"]) == (given, "vehicle_entered", "粤B12345")
    assert abs(event.occurred_at.timestamp() - time.time()) < 60
    assert lot_server.store.events() == []


def test_the_platform_learns_version_and_revision(site, lot_server):
    make_grant(site)
    lot_server.grants.pull()
    lot_server.uplink.send_batch()
    server = site.server
    assert (server.version, server.acknowledged_revision, server.last_seen_at is None) == ("test", 1, False)


def test_more_than_a_batch_arrives_in_order(site, lot_server):
    for number in range(250):
        lot_server.tell(number=number)
    while lot_server.uplink.send_batch():
        pass
    assert [event.payload["number"] for event in LotEvent.objects.order_by("sequence")] == list(range(250))


def test_a_lot_whose_disk_was_lost_goes_on_where_the_platform_stands(site, live_server, signing_key, tmp_path):
    before = LotServer(site, live_server.url, signing_key, tmp_path)
    for number in range(3):
        before.tell(number=number)
    before.uplink.send_batch()
    before.stop()
    for path in before.config.store.parent.glob("store.sqlite3*"):
        path.unlink()
    after = LotServer(site, live_server.url, signing_key, tmp_path)
    after.tell(number=100)
    while after.uplink.send_batch():
        pass
    after.stop()
    assert [(e.sequence, e.payload["number"]) for e in LotEvent.objects.order_by("sequence")] == [
        (1, 0),
        (2, 1),
        (3, 2),
        (4, 100),
    ]


def test_another_lots_key_is_refused(site, lot_server, live_server, signing_key, tmp_path):
    LotServer(make_site(), live_server.url, signing_key, tmp_path).stop()
    site.server.__class__.objects.filter(lot=site.lot).update(
        public_key=signatures.public_key_of(signatures.new_private_key())
    )
    lot_server.tell()
    with pytest.raises(PlatformUnreachable) as refusal:
        lot_server.uplink.send_batch()
    assert refusal.value.status == 401
    assert len(lot_server.store.events()) == 1


class Flaky:
    """The platform's client over a bad line: half of the requests are lost on the way there or on the way back."""

    def __init__(self, client: PlatformClient, seed: int) -> None:
        self._client = client
        self._random = random.Random(seed)

    def post(self, path, body):
        fate = self._random.random()
        if fate < 0.25:
            raise PlatformUnreachable("lost on the way there")
        answer = self._client.post(path, body)
        if fate < 0.5:
            raise PlatformUnreachable("lost on the way back")
        return answer


@pytest.mark.parametrize("seed", [1, 2])
def test_every_event_counts_exactly_once_however_often_it_is_sent(site, lot_server, seed):
    uplink = Uplink(lot_server.store, Flaky(lot_server.client, seed), site.lot.code, "test")
    sent, lost = 0, 0
    while sent < 40 or lot_server.store.events():
        if sent < 40:
            lot_server.tell(number=sent)
            sent += 1
        try:
            uplink.send_batch()
        except PlatformUnreachable:
            lost += 1
    assert lost > 5
    assert [json.dumps(e.payload) for e in LotEvent.objects.order_by("sequence")] == [
        json.dumps({"number": number}) for number in range(40)
    ]
