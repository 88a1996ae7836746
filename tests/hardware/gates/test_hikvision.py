"""What a Hikvision camera posts: read where it is right, refused with a reason where it is not, whatever the bytes."""

from __future__ import annotations

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from hardware.gates.hikvision import LARGEST_POST, LARGEST_XML, CameraError, Reading, parse

REASONS = {"size", "type", "multipart", "xml", "event", "plate", "heartbeat"}
ALERT = """<?xml version="1.0" encoding="UTF-8"?>
<EventNotificationAlert version="2.0" xmlns="{namespace}">
<ipAddress>192.168.1.64</ipAddress><channelID>1</channelID><dateTime>2026-06-01T08:00:00+08:00</dateTime>
<eventType>{kind}</eventType><eventState>{state}</eventState>
<ANPR><country>CHN</country><licensePlate>{plate}</licensePlate><confidenceLevel>{confidence}</confidenceLevel></ANPR>
{uuid}
</EventNotificationAlert>"""


def alert(**changes: str) -> bytes:
    given = {
        "namespace": "http://www.hikvision.com/ver20/XMLSchema",
        "kind": "ANPR",
        "state": "active",
        "plate": "粤B12345",
        "confidence": "97",
        "uuid": "<UUID>A1</UUID>",
    }
    return ALERT.format(**given | changes).encode()


def multipart(xml: bytes, picture: bytes = b"\xff\xd8\xff\xe0jpeg") -> tuple[str, bytes]:
    """As ``requests`` writes it: an encoder that is not ours."""
    files = {"anpr.xml": ("anpr.xml", xml, "text/xml"), "plate.jpg": ("plate.jpg", picture, "image/jpeg")}
    prepared = requests.Request("POST", "http://lot.example/", files=files).prepare()
    return prepared.headers["Content-Type"], prepared.body


def refusal(content_type: str, body: bytes) -> str:
    with pytest.raises(CameraError) as error:
        parse(content_type, body)
    return error.value.reason


def test_a_post_in_parts_is_read():
    assert parse(*multipart(alert())) == Reading("A1", "粤B12345", 97, b"\xff\xd8\xff\xe0jpeg")


def test_bytes_written_down_by_hand_are_read():
    body = (
        b"--7e13971310878\r\n"
        b'Content-Disposition: form-data; name="anpr.xml"; filename="anpr.xml"\r\n'
        b"Content-Type: text/xml\r\nContent-Length: 9999\r\n\r\n" + alert() + b"\r\n--7e13971310878\r\n"
        b'Content-Disposition: form-data; name="licensePlatePicture.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        b"\xff\xd8\x00\r\n\xff\xd9\r\n--7e13971310878--\r\n"
    )
    reading = parse("multipart/form-data; boundary=7e13971310878", body)
    assert (reading.plate, reading.picture) == ("粤B12345", b"\xff\xd8\x00\r\n\xff\xd9")


@pytest.mark.parametrize("content_type", ["application/xml", 'text/xml; charset="UTF-8"', "TEXT/XML"])
def test_bare_xml_is_read(content_type):
    assert parse(content_type, alert()).plate == "粤B12345"


@pytest.mark.parametrize("namespace", ["http://www.isapi.org/ver20/XMLSchema", "http://www.std-cgi.com/ver10", "x"])
def test_namespaces_of_other_firmwares_are_read(namespace):
    assert parse("text/xml", alert(namespace=namespace)).plate == "粤B12345"


def test_xml_without_a_namespace_is_read():
    assert parse("text/xml", alert().replace(b' xmlns="http://www.hikvision.com/ver20/XMLSchema"', b"")).event == "A1"


@pytest.mark.parametrize(("written", "plate"), [("粤B·12345", "粤B12345"), (" 粤b12345 ", "粤B12345")])
def test_plates_are_normalised(written, plate):
    assert parse("text/xml", alert(plate=written)).plate == plate


@pytest.mark.parametrize(("told", "taken"), [("-5", 0), ("250", 100), ("", 0), ("high", 0), ("9" * 5000, 0)])
def test_confidence_is_kept_within_0_and_100(told, taken):
    assert parse("text/xml", alert(confidence=told)).confidence == taken


def test_without_a_uuid_time_channel_and_plate_name_the_sighting():
    one, again = (parse("text/xml", alert(uuid="")) for _ in range(2))
    other = parse("text/xml", alert(uuid="", plate="粤B54321"))
    assert one.event == again.event != other.event


@pytest.mark.parametrize("plate", ["", "unknown", "无车牌", "<![CDATA[<script>]]>", "粤", "A" * 13, "粤B1;DROP"])
def test_what_is_no_plate_is_refused(plate):
    assert refusal("text/xml", alert(plate=plate)) == "plate"


@pytest.mark.parametrize("changes", [{"kind": "heartBeat"}, {"state": "inactive"}])
def test_a_heartbeat_is_told_apart(changes):
    assert refusal("text/xml", alert(**changes)) == "heartbeat"


def test_another_event_is_refused():
    assert refusal("text/xml", alert(kind="VMD")) == "event"


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        ("application/json", b"{}", "type"),
        ("", b"", "type"),
        ("text/xml", b"", "xml"),
        ("text/xml", b"<a", "xml"),
        ("text/xml", b"\xff\xfe\x00", "xml"),
        ("text/xml", b'<?xml version="1.0" encoding="no-such"?><a/>', "xml"),
        ("text/xml", b"<a>" + b"x" * LARGEST_XML + b"</a>", "size"),
        ("text/xml", b"x" * (LARGEST_POST + 1), "size"),
        ("multipart/form-data", b"", "multipart"),
        ("multipart/form-data; boundary=x", b"--y", "multipart"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Type: image/jpeg\r\n\r\nx\r\n--x--", "multipart"),
        ("multipart/form-data; boundary=\x00\xe9", b"", "multipart"),
    ],
)
def test_what_is_no_alert_is_refused_with_its_reason(content_type, body, reason):
    assert refusal(content_type, body) == reason


def test_entities_are_not_expanded():
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "' + b"a" * 100 + b'"><!ENTITY c "' + b"&a;" * 100 + b'">]>'
        b"<EventNotificationAlert><eventType>ANPR</eventType><licensePlate>&c;</licensePlate></EventNotificationAlert>"
    )
    assert refusal("text/xml", bomb) == "xml"


def test_files_of_the_machine_are_not_read():
    leak = b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/hostname">]><x><licensePlate>&a;</licensePlate></x>'
    assert refusal("text/xml", leak) == "xml"


@given(body=st.binary(max_size=400), content_type=st.sampled_from(["text/xml", "multipart/form-data; boundary=x", ""]))
def test_any_bytes_are_refused_with_a_reason(body, content_type):
    assert refusal(content_type, body) in REASONS


@given(content_type=st.text(max_size=60), body=st.binary(max_size=60))
def test_any_content_type_is_refused_with_a_reason(content_type, body):
    assert refusal(content_type, body) in REASONS


@given(boundary=st.text(max_size=20), body=st.binary(max_size=200))
def test_any_boundary_is_refused_with_a_reason(boundary, body):
    assert refusal(f'multipart/form-data; boundary="{boundary}"', body) in REASONS


@given(data=st.data())
def test_a_good_post_with_some_bytes_changed_is_read_or_refused(data):
    content_type, good = multipart(alert())
    body = bytearray(good)
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    reading = outcome(content_type, bytes(body))
    if isinstance(reading, Reading):
        assert 2 <= len(reading.plate) <= 12
        assert 0 <= reading.confidence <= 100
    else:
        assert reading in REASONS


def outcome(content_type: str, body: bytes) -> Reading | str:
    """The reading, or why there is none."""
    try:
        return parse(content_type, body)
    except CameraError as error:
        return error.reason
