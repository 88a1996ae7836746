"""Every make of camera behind one interface: what it posts is read, and any other bytes are refused with a reason."""

from __future__ import annotations

import base64
import json

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from hardware.gates.cameras import MAKES, CameraConfig, Post, camera_of
from hardware.gates.reading import LARGEST_POST, CameraError, Reading
from hardware.gates.signed_json import check, sign
from hardware.simulator import camera as simulated

REASONS = {"size", "type", "multipart", "xml", "json", "event", "plate", "picture", "heartbeat"}
TYPES = {"hikvision": "application/xml", "dahua": "application/json", "generic": "application/json"}
PATH = "/cameras/dahua/in-1/NotificationInfo/TollgateInfo"


def camera(kind):
    return camera_of(CameraConfig(kind, "camera", "secret"))


def outcome_of(made, post):
    """The reading, or why there is none; what else is raised is raised here."""
    try:
        return made.read(post)
    except CameraError as error:
        return error.reason


def refusal(kind, body, content_type=None, path=PATH):
    with pytest.raises(CameraError) as error:
        camera(kind).read(Post(path, {"Content-Type": content_type or TYPES[kind]}, body))
    return error.value.reason


def read(kind, content, path=PATH):
    return camera(kind).read(Post(path, {"Content-Type": TYPES[kind]}, json.dumps(content).encode()))


def tollgate(**changes):
    parts = {
        "Plate": {"PlateNumber": "粤B12345", "Confidence": 97, "IsExist": True},
        "SnapInfo": {"DeviceID": "D1", "AccurateTime": "2026-06-01 08:00:00.123", "DefenceCode": "abc"},
        "NormalPic": {"PicName": "p.jpg", "Content": base64.b64encode(b"\xff\xd8jpeg").decode()},
    }
    return {"Picture": parts | changes}


@pytest.mark.parametrize("kind", MAKES)
def test_what_the_simulated_camera_posts_is_read_and_proved(kind):
    sight = simulated.Sight("E-1", "粤AD12345", 93, "in-1", "entry")
    request = simulated.MAKES[kind](sight, f"http://lot.example/cameras/{kind}/in-1")
    request.auth = simulated.HmacAuth("secret")
    prepared = request.prepare()
    body = prepared.body if isinstance(prepared.body, bytes) else prepared.body.encode()
    post = Post(prepared.path_url, prepared.headers, body)
    reading = camera(kind).read(post)
    assert reading.picture.startswith(b"\xff\xd8\xff")
    assert (reading.event, reading.plate, reading.confidence) == ("E-1", "粤AD12345", 93)
    assert camera(kind).check(post) == ("ok" if kind == "generic" else "missing")


@pytest.mark.parametrize("kind", MAKES)
@given(body=st.binary(max_size=400), content_type=st.text(max_size=40), path=st.text(max_size=40))
def test_any_bytes_are_a_refusal(kind, body, content_type, path):
    for told in (content_type, TYPES[kind]):
        outcome = outcome_of(camera(kind), Post(path, {"Content-Type": told}, body))
        assert outcome in REASONS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["Picture", "Plate", "PlateNumber", "Confidence", "IsExist", "SnapInfo", "DefenceCode",
                         "AccurateTime", "NormalPic", "Content", "event", "plate", "confidence", "picture"]),
        inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(content=JSON)
def test_any_json_is_a_reading_or_a_refusal(content):
    for kind in ("dahua", "generic"):
        outcome = outcome_of(camera(kind), Post(PATH, {"Content-Type": TYPES[kind]}, json.dumps(content).encode()))
        if isinstance(outcome, Reading):
            outcome.event.encode()
            assert outcome.plate
            assert 0 <= outcome.confidence <= 100
        else:
            assert outcome in REASONS


@given(headers=st.dictionaries(st.sampled_from(["Authorization", "Berth-Timestamp", "Berth-Signature"]), st.text()))
def test_any_headers_prove_nothing(headers):
    for kind in MAKES:
        assert camera(kind).check(Post(PATH, headers, b"{}")) in {"missing", "malformed", "wrong", "stale"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Reading("abc", "粤B12345", 97, b"\xff\xd8jpeg")),
        ({"NormalPic": {"Content": "not base64!"}}, Reading("abc", "粤B12345", 97)),
        ({"SnapInfo": {"DeviceID": "D1", "AccurateTime": "8:00"}}, Reading("D1/8:00/粤B12345", "粤B12345", 97,
                                                                          b"\xff\xd8jpeg")),
        ({"Plate": {"PlateNumber": " 粤b·12345", "Confidence": 255}}, Reading("abc", "粤B12345", 100,
                                                                             b"\xff\xd8jpeg")),
        ({"Plate": {"PlateNumber": "粤B12345", "Confidence": "?"}}, Reading("abc", "粤B12345", 0, b"\xff\xd8jpeg")),
    ],
)  # fmt: skip
def test_dahua_posts_differ_by_firmware(changes, expected):
    assert read("dahua", tollgate(**changes)) == expected


@pytest.mark.parametrize(
    ("kind", "content", "reason"),
    [
        ("dahua", tollgate(Plate={"IsExist": False, "PlateNumber": "粤B12345"}), "plate"),
        ("dahua", tollgate(Plate={"PlateNumber": "无车牌"}), "plate"),
        ("dahua", tollgate(SnapInfo={}), "event"),
        ("dahua", {"Picture": []}, "event"),
        ("generic", {"event": "E", "plate": ""}, "plate"),
        ("generic", {"event": " ", "plate": "粤B12345"}, "event"),
        ("generic", {"event": "E" * 81, "plate": "粤B12345"}, "event"),
        ("generic", {"event": "E", "plate": "粤B12345", "picture": "?"}, "picture"),
        ("generic", {"heartbeat": True}, "heartbeat"),
        ("generic", [], "json"),
    ],
)
def test_json_that_is_no_reading(kind, content, reason):
    assert refusal(kind, json.dumps(content).encode()) == reason


def test_keep_alive_of_a_dahua_camera_is_a_sign_of_life():
    path = "/cameras/dahua/in-1/NotificationInfo/KeepAlive"
    assert refusal("dahua", b'{"Active": "keepAlive", "DeviceID": "D1"}', path=path) == "heartbeat"


@pytest.mark.parametrize("kind", MAKES)
def test_size_is_limited(kind):
    assert refusal(kind, bytes(LARGEST_POST + 1)) == "size"


def test_every_part_of_a_signed_post_is_signed():
    body, now = b'{"event":"E"}', 1_800_000_000
    headers = {"Berth-Timestamp": str(now), "Berth-Signature": sign("secret", "POST", "/a", now, body)}
    assert check("secret", headers, "/a", body, now) == "ok"
    assert check("secret", headers, "/a", body, now + 121) == "stale"
    assert check("secret", headers, "/a", body + b" ", now) == "wrong"
    assert check("secret", headers, "/b", body, now) == "wrong"
    assert check("other", headers, "/a", body, now) == "wrong"
    assert check("secret", headers | {"Berth-Timestamp": str(now + 1)}, "/a", body, now) == "wrong"


def test_digest_does_not_sign_what_is_posted():
    """Why the documentation prefers the signed camera: a body that was exchanged on the way passes."""
    digest, url = camera("hikvision"), "http://lot.example/cameras/hikvision/in-1"
    auth = requests.auth.HTTPDigestAuth("camera", "secret")
    auth.init_per_thread_state()
    auth._thread_local.chal = requests.utils.parse_dict_header(
        digest.challenge("missing")[0][1].removeprefix("Digest ")
    )
    headers = {"Authorization": auth.build_digest_header("POST", url)}
    assert digest.check(Post("/cameras/hikvision/in-1", headers, b"exchanged")) == "ok"
