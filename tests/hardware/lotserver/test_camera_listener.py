"""What cameras post, over real HTTP: signed by an independent client, and everything else refused."""

from __future__ import annotations

import http.client
import socket
from dataclasses import replace

import pytest
import requests
from requests.auth import HTTPDigestAuth

from hardware.gates.cameras import CameraConfig
from hardware.gates.reading import LARGEST_POST
from hardware.lotserver import camera_listener
from hardware.lotserver.camera_listener import CameraListener
from hardware.lotserver.gates import GateKeeper
from hardware.lotserver.judge import Layout
from hardware.lotserver.locks import Locks
from hardware.lotserver.store import Store
from hardware.simulator.camera import SimulatedCamera, alert_xml
from hardware.simulator.config import CameraConfig as SimulatedConfig
from tests.hardware.lotserver.world import make_config

PATH = "/cameras/hikvision/in-1"
XML = {"Content-Type": "application/xml"}
RIGHT = HTTPDigestAuth("camera", "secret")


@pytest.fixture
def makes():
    return ("hikvision", "hikvision")


@pytest.fixture
def listener(tmp_path, makes):
    config = with_makes(make_config(tmp_path), makes)
    store = Store(config.store)
    locks = Locks(store, Layout(config), lambda spot: None)
    gates = {gate.code: GateKeeper(config, gate, store, locks) for gate in config.gates}
    made = CameraListener(("127.0.0.1", 0), gates, store)
    made.start()
    yield made
    made.stop()
    store.close()


def url(listener, path=PATH):
    return f"http://127.0.0.1:{listener.port}{path}"


def alert(event="E-1", plate="粤A12345"):
    return alert_xml(event=event, plate=plate, confidence=97, gate="in-1", direction="entry").encode()


def seen(listener, gate="in-1"):
    return [reading.event for _, reading, _ in listener.store.readings(gate)]


def with_makes(config, kinds):
    gates = zip(config.gates, kinds, strict=True)
    return replace(config, gates=[replace(g, camera=CameraConfig(kind, "camera", "secret")) for g, kind in gates])


def rejections(listener):
    return [(e.payload["reason"], e.payload["detail"]) for e in listener.store.events() if e.kind == "rejected"]


def test_signed_post_of_a_camera_is_taken(listener):
    camera = SimulatedCamera(SimulatedConfig(url(listener), "camera", "secret"), "in-1", "entry")
    assert camera.sees("粤A12345", event="E-1") == 200
    assert seen(listener) == ["E-1"]
    assert rejections(listener) == []


def test_repeated_event_is_answered_and_counts_once(listener):
    for _ in range(3):
        assert requests.post(url(listener), alert(), headers=XML, auth=RIGHT, timeout=5).status_code == 200
    assert seen(listener) == ["E-1"]
    assert requests.post(url(listener), alert("E-2"), headers=XML, auth=RIGHT, timeout=5).status_code == 200
    assert requests.post(url(listener, PATH.replace("in", "out")), alert(), headers=XML, auth=RIGHT, timeout=5).ok
    assert (seen(listener), seen(listener, "out-1")) == (["E-1", "E-2"], ["E-1"])


def test_readings_are_taken_without_waiting_for_the_gate(listener):
    """The gate's thread does not run here, as if it were busy: the camera is answered all the same."""
    with requests.Session() as session:
        session.auth = RIGHT
        for number in range(30):
            assert session.post(url(listener), alert(f"E-{number}"), headers=XML, timeout=5).status_code == 200
    assert seen(listener)[-1] == "E-29"


@pytest.mark.parametrize(
    ("auth", "reason"),
    [
        (None, None),
        (("camera", "secret"), None),  # Basic
        (HTTPDigestAuth("camera", "wrong"), "signature_wrong"),
        (HTTPDigestAuth("root", "secret"), "signature_wrong"),
    ],
)
def test_post_that_is_not_signed_changes_nothing(listener, auth, reason):
    answer = requests.post(url(listener), alert(), headers=XML, auth=auth, timeout=5)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Digest realm="Berth lot", qop="auth"')
    assert seen(listener) == []
    assert rejections(listener) == ([(reason, "in-1")] if reason else [])
    assert listener.rejected["unsigned"] == 1


def test_recorded_post_cannot_be_sent_again(listener):
    answer = requests.post(url(listener), alert(), headers=XML, auth=HTTPDigestAuth("camera", "secret"), timeout=5)
    recorded = answer.request.headers["Authorization"]
    again = requests.post(url(listener), alert("E-2"), headers={**XML, "Authorization": recorded}, timeout=5)
    assert (again.status_code, seen(listener)) == (401, ["E-1"])
    other = url(listener, PATH.replace("in", "out"))
    assert requests.post(other, alert(), headers={**XML, "Authorization": recorded}, timeout=5).status_code == 401
    assert seen(listener, "out-1") == []


@pytest.mark.parametrize(
    ("body", "headers", "status", "reason"),
    [
        (b"no XML", XML, 400, "xml"),
        (alert(), {"Content-Type": "text/plain"}, 400, "type"),
        (alert(plate="unknown"), XML, 400, "plate"),
        (alert().replace(b"<eventType>ANPR", b"<eventType>VMD"), XML, 400, "event"),
        (alert().replace(b"<eventType>ANPR", b"<eventType>heartBeat"), XML, 200, None),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + b"<a>&b;</a>", XML, 400, "xml"),
    ],
)
def test_signed_post_that_is_no_reading(listener, body, headers, status, reason):
    for _ in range(2):
        assert requests.post(url(listener), body, headers=headers, auth=RIGHT, timeout=5).status_code == status
    assert seen(listener) == []
    assert rejections(listener) == ([(reason, "in-1")] if reason else []), "told once a minute"
    assert listener.rejected[reason] == (2 if reason else 0)


@pytest.mark.parametrize(
    "path", ["/", "/cameras/hikvision/", "/cameras/hikvision/in-9", PATH + "?x=1", "/cameras/x/in-1"]
)
def test_unknown_gate_or_path(listener, path):
    assert requests.post(url(listener, path), alert(), headers=XML, auth=RIGHT, timeout=5).status_code == 404
    assert seen(listener) == []


@pytest.mark.parametrize("length", [str(LARGEST_POST + 1), "-1", "much", "99999999999999999999"])
def test_size_is_limited_before_anything_is_read(listener, length):
    connection = http.client.HTTPConnection("127.0.0.1", listener.port, timeout=5)
    connection.putrequest("POST", PATH)
    connection.putheader("Content-Length", length)
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, rejections(listener)) == (413, [("size", "in-1")])
    connection.close()


def test_post_without_a_length_is_refused(listener):
    def parts():
        yield alert()

    with requests.Session() as session:
        assert session.post(url(listener), parts(), headers=XML, timeout=5).status_code == 413


def test_camera_that_hangs_up_in_mid_request_changes_nothing(listener):
    with socket.create_connection(("127.0.0.1", listener.port), timeout=5) as connection:
        connection.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n<xml".encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b"", "no answer, the connection is closed"
    assert seen(listener) == []
    assert requests.get(url(listener, "/healthz"), timeout=5).status_code == 200


def test_flood_of_connections_is_cut_off_and_the_camera_comes_through_afterwards(listener, monkeypatch):
    idle = [
        socket.create_connection(("127.0.0.1", listener.port), timeout=5)
        for _ in range(camera_listener.MOST_CONNECTIONS)
    ]
    extra = socket.create_connection(("127.0.0.1", listener.port), timeout=5)
    assert extra.recv(100) == b"", "closed at once"
    for connection in (*idle, extra):
        connection.close()
    with requests.Session() as session:
        session.mount(
            "http://", requests.adapters.HTTPAdapter(max_retries=requests.adapters.Retry(8, backoff_factor=0.05))
        )
        assert session.get(url(listener, "/healthz"), timeout=5).status_code == 200


@pytest.mark.parametrize("makes", [("dahua", "generic")])
def test_every_make_has_its_own_door(listener):
    for gate, kind in (("in-1", "dahua"), ("out-1", "generic")):
        place = url(listener, f"/cameras/{kind}/{gate}")
        camera = SimulatedCamera(SimulatedConfig(place, "camera", "secret", kind), gate, "entry")
        assert [camera.sees("粤A12345", event="E-1") for _ in range(2)] == [200, 200]
        assert camera.sees("粤A12345", event="E-2", signed=False) == 401
        assert camera.sees("unknown", event="E-3") == 400
        forged = SimulatedCamera(SimulatedConfig(place, "camera", "wrong", kind), gate, "entry")
        assert forged.sees("粤A12345", event="E-4") == 401
        assert seen(listener, gate) == ["E-1"]
        assert rejections(listener)[-2:] == [("plate", gate), ("signature_wrong", gate)]
    assert requests.post(url(listener, "/cameras/hikvision/in-1"), alert(), headers=XML, timeout=5).status_code == 404
    alive = url(listener, "/cameras/dahua/in-1/NotificationInfo/KeepAlive")
    assert requests.post(alive, json={"Active": "keepAlive"}, auth=RIGHT, timeout=5).json() == {"Result": True}
