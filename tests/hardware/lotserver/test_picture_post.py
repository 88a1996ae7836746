"""Pictures go up by themselves: a platform that is away, or refuses one, keeps nothing at the gate waiting."""

from __future__ import annotations

import base64

import pytest

from hardware.gates.pictures import LARGEST_PICTURE, check
from hardware.gates.reading import Reading
from hardware.lotserver import picture_post
from hardware.lotserver.picture_post import PicturePost
from hardware.lotserver.platform_client import PlatformClient, PlatformUnreachable
from hardware.simulator.camera import picture
from tests.hardware.lotserver.platform_server import Platform
from tests.hardware.lotserver.world import make_config

PLATE = "粤A12345"


@pytest.fixture
def platform():
    made = Platform()
    yield made
    made.stop()


@pytest.fixture
def post(tmp_path, platform):
    return PicturePost(PlatformClient(make_config(tmp_path, platform)), "yijing")


def reading(number=1, jpeg=None):
    return Reading(f"E-{number}", PLATE, 97, picture(PLATE) if jpeg is None else jpeg)


def events(platform):
    return [sent["event"] for sent in platform.pictures]


def test_a_picture_goes_up_small_and_signed(platform, post):
    post.take("in-1", reading(), 1_780_000_000.5)
    post.take("in-1", reading(2, b""), 1_780_000_001)
    post.take("in-1", reading(3, b"no picture"), 1_780_000_002)
    post.send_all()
    (sent,) = platform.pictures
    jpeg = base64.b64decode(sent.pop("picture"))
    check(jpeg)
    assert len(jpeg) <= LARGEST_PICTURE
    assert sent == {"gate": "in-1", "event": "E-1", "plate": PLATE, "taken_at": 1_780_000_000_500}


def test_pictures_wait_while_the_platform_is_away_and_of_many_the_last(platform, post):
    platform.away = True
    for number in range(picture_post.MOST_WAITING + 3):
        post.take("in-1", reading(number), 1_780_000_000)
    with pytest.raises(PlatformUnreachable):
        post.send_all()
    platform.away = False
    post.send_all()
    assert events(platform) == [f"E-{number}" for number in range(3, picture_post.MOST_WAITING + 3)]


def test_a_refused_picture_is_let_go(platform, post):
    platform.picture_status = 400
    post.take("in-1", reading(), 1_780_000_000)
    post.send_all()
    platform.picture_status = 200
    post.take("in-1", reading(2), 1_780_000_001)
    post.send_all()
    assert events(platform) == ["E-2"]


def test_memory_is_bounded_by_bytes_too(post, monkeypatch):
    monkeypatch.setattr(picture_post, "MOST_BYTES", 100)
    for number in range(5):
        post.take("in-1", reading(number, b"x" * 60), 1_780_000_000)
    assert [taken.reading.event for taken in post._waiting] == ["E-4"]


def test_the_thread_sends_and_stops(platform, post):
    post.start()
    post.take("in-1", reading(), 1_780_000_000)
    with platform.changed:
        assert platform.changed.wait_for(lambda: platform.pictures, 10)
    post.stop()
    assert not post._thread.is_alive()
