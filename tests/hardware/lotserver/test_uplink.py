"""Events up, against a real HTTP server that answers wrongly half of the time: each once, in order, none lost."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hardware.event_kinds import EventKind
from hardware.lotserver import uplink as uplinks
from hardware.lotserver.platform_client import PlatformClient, PlatformUnreachable
from hardware.lotserver.store import Store
from hardware.lotserver.uplink import BATCH, Uplink
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
def uplink(store, config, monkeypatch):
    monkeypatch.setattr(uplinks, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(uplinks, "LONGEST_PAUSE", 0.02)
    return Uplink(store, PlatformClient(config), "yijing", "1")


def tell(store, *numbers):
    with store.writing() as write:
        for number in numbers:
            write.event(EventKind.REJECTED, 1, detail=str(number))


def details(platform):
    return [event["payload"]["detail"] for event in platform.events]


def test_batch_goes_up_and_is_forgotten(store, uplink, platform):
    tell(store, 1, 2, 3)
    assert uplink.send_batch() is False
    assert details(platform) == ["1", "2", "3"]
    assert store.events() == []
    assert platform.badly_signed == 0


def test_more_than_a_batch_goes_in_several(store, uplink, platform):
    tell(store, *range(BATCH + 1))
    assert uplink.send_batch() is True
    assert uplink.send_batch() is False
    assert details(platform) == [str(n) for n in range(BATCH + 1)]


@pytest.mark.parametrize("fault", ["500", "garbage", "drop"])
def test_answer_that_is_none_keeps_the_events(store, uplink, platform, fault):
    tell(store, 1)
    platform.script = [fault]
    with pytest.raises(PlatformUnreachable):
        uplink.send_batch()
    assert [e.sequence for e in store.events()] == [1]
    uplink.send_batch()
    assert details(platform) == ["1"]


def test_lost_answer_makes_no_event_twice(store, uplink, platform):
    tell(store, 1)
    platform.script = ["lose"]
    with pytest.raises(PlatformUnreachable):
        uplink.send_batch()
    tell(store, 2)
    uplink.send_batch()
    assert details(platform) == ["1", "2"]


def test_every_second_answer_is_wrong_and_all_arrive_once_in_order(store, uplink, platform, monkeypatch):
    monkeypatch.setattr(uplinks, "BATCH", 4)
    faults = itertools.cycle(["500", "garbage", "drop", "lose"])
    platform.script = [step for fault in itertools.islice(faults, 40) for step in (fault, "ok")]
    uplink.start()
    try:
        for number in range(60):
            tell(store, number)
            if number % 10 == 0:  # let it get among the writing
                with platform.changed:
                    wanted = platform.posts + 1
                    assert platform.changed.wait_for(lambda: platform.posts >= wanted, 10)  # noqa: B023
        platform.wait_for("rejected", detail="59")
    finally:
        uplink.stop()
    assert details(platform) == [str(n) for n in range(60)]
    assert [e["sequence"] for e in platform.events] == list(range(1, 61))
    assert len(platform.script) <= 80 - 2 * 15, "15 batches at least, and each met a fault first"


def test_store_that_was_lost_goes_on_where_the_platform_stands(tmp_path, store, config, uplink, platform):
    """A new disk begins at 1; the platform, which has had 1 to 5, must not take the new events for old ones."""
    tell(store, *"abcde")
    uplink.send_batch()
    (tmp_path / "new").mkdir()
    fresh = Store(tmp_path / "new" / "s.sqlite3")
    tell(fresh, "f", "g")
    second = Uplink(fresh, PlatformClient(config), "yijing", "1")
    while second.send_batch():
        pass
    tell(fresh, "h")
    second.send_batch()
    assert details(platform) == list("abcdefgh")
    fresh.close()


def test_thread_survives_what_nobody_foresaw(store, uplink, platform, monkeypatch):
    working = uplink.send_batch
    calls = []

    def send_batch():
        calls.append(None)
        if len(calls) == 1:
            raise OSError("disk full")
        return working()

    monkeypatch.setattr(uplink, "send_batch", send_batch)
    tell(store, 1)
    uplink.start()
    try:
        platform.wait_for("rejected", detail="1")
    finally:
        uplink.stop()


def test_redirect_is_not_followed(store, config, platform):
    """A signed request is for one address."""
    tell(store, 1)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(307)
            self.send_header("Location", platform.url + self.path)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    moved = replace(config, platform_url=f"http://127.0.0.1:{server.server_address[1]}")
    with pytest.raises(PlatformUnreachable) as refusal:
        Uplink(store, PlatformClient(moved), "yijing", "1").send_batch()
    assert (refusal.value.status, platform.posts) == (307, 0)
    server.shutdown()
    server.server_close()
