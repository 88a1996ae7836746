from __future__ import annotations

import re

import pytest
import requests

from berth.kernel.pins import hash_pin
from hardware.lotserver import feed
from hardware.lotserver.booth import staff
from hardware.lotserver.lot import LotRuntime
from tests.hardware.lotserver.world import make_config

PIN = "135790"
HASH = hash_pin(PIN)


class Visitor:
    """A browser without a screen at the booth page."""

    def __init__(self, runtime):
        self.booth = runtime.booth
        self.url = f"http://127.0.0.1:{self.booth.port}"
        self.session = requests.Session()
        self.session.headers["Accept-Language"] = "en"

    def get(self, path="/", **more):
        return self.session.get(self.url + path, timeout=30, **more)

    def key(self, path="/"):
        return re.search(r'name="key" value="([^"]+)"', self.get(path).text)[1]

    def post(self, path, key=None, **fields):
        return self.session.post(self.url + path, {"key": self.key() if key is None else key} | fields, timeout=30)

    def sign_in(self, member=7, pin=PIN):
        return self.post("/sign-in", member=member, pin=pin)


@pytest.fixture
def runtime(tmp_path):
    """A lot server whose lines and gates are not started: its store, its orders, its booth page."""
    made = LotRuntime(make_config(tmp_path))
    with made.store.writing() as write:
        staff.replace(
            write,
            [
                feed.StaffMember(7, "陈强", "zh-hans", HASH),
                feed.StaffMember(8, "<b>Eve</b>", "en", HASH),
                feed.StaffMember(9, "no PIN", "en", ""),
            ],
        )
    made.booth.start()
    yield made
    made.booth.stop()
    made.store.close()


@pytest.fixture
def visitor(runtime):
    return Visitor(runtime)


@pytest.fixture
def guard(visitor):
    assert visitor.sign_in().status_code == 200
    return visitor


def told(runtime, kind):
    return [event.payload for event in runtime.store.events(1000) if event.kind == kind]
