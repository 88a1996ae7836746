"""What gates' cameras saw: taken from the lot's own server, kept some days, shown to the staff of that lot alone."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hardware.domain.events import Incoming, take_events
from hardware.models import GatePicture, GateState
from hardware.simulator.camera import picture
from hardware.tasks import purge_gate_pictures
from tests.hardware.making import make_site, make_staff
from tests.lots.making import make_member

pytestmark = pytest.mark.django_db
PLATE = "粤B12345"
JPEG = picture(PLATE)


def body(**changes):
    made = {"gate": "in-1", "event": "E-1", "plate": PLATE, "taken_at": int(timezone.now().timestamp() * 1000)}
    return {**made, "picture": base64.b64encode(JPEG).decode(), **changes}


def send(site, **changes):
    return site.post(site.path("pictures"), body(**changes))


def reads(site, event="E-1", gate="in-1"):
    seen = {"gate": gate, "plate": PLATE, "camera_event": event, "match": "none", "grant": None}
    number = site.server.last_sequence + 1
    take_events(lot_server=site.server, events=[Incoming(number, "plate_read", timezone.now(), seen)])


def panel(site, language="en"):
    client = Client(headers={"Accept-Language": language})
    client.force_login(make_staff(site, language=language))
    return client.get(reverse("dashboard_gate", args=[site.lot.code, "in-1"])).content.decode()


def address(site):
    return reverse("dashboard_picture", args=[site.lot.code, "in-1", GatePicture.objects.get().pk])


def test_a_picture_is_kept_once(site):
    for _ in range(2):
        answer = send(site)
        assert (answer.status_code, answer.json()) == (200, {"taken": True})
    kept = GatePicture.objects.get()
    assert (kept.gate.code, kept.event, kept.plate, bytes(kept.jpeg)) == ("in-1", "E-1", PLATE, JPEG)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"gate": "in-9"}, "gate"),
        ({"picture": "no base64!"}, "picture"),
        ({"picture": base64.b64encode(b"<script>").decode()}, "picture"),
        ({"picture": base64.b64encode(JPEG[:200]).decode()}, "picture"),
        ({"picture": base64.b64encode(JPEG + bytes(60_000)).decode()}, "picture"),
        ({"plate": "x" * 13}, "plate"),
        ({"event": "\x00"}, "event"),
        ({"taken_at": 1}, "taken_at"),
    ],
)
def test_what_is_no_picture_of_a_gate_is_refused(site, changes, field):
    answer = send(site, **changes)
    assert answer.status_code == 400, answer.content
    assert field in answer.content.decode()
    assert not GatePicture.objects.exists()


def test_only_the_lots_own_server_sends(site):
    other = make_site()
    content = body()
    assert other.post(site.path("pictures"), content).status_code == 403
    assert site.post(site.path("pictures"), content, key=other.private_key).status_code == 401
    assert site.post(site.path("pictures"), content, signed_body=b"{}").status_code == 401
    assert Client().post(site.path("pictures"), content, content_type="application/json").status_code in (401, 403)
    assert not GatePicture.objects.exists()


def test_the_desk_shows_the_last_plate_with_its_own_picture(site):
    assert "No plate was read lately." in panel(site)
    send(site)
    reads(site)
    shown = panel(site)
    assert address(site) in shown
    assert f"Picture of {PLATE} at the gate" in shown
    assert "最近抓拍" in panel(site, "zh-hans")
    reads(site, event="E-2")
    shown = panel(site)
    assert address(site) not in shown, "the picture is of an earlier car"
    assert "The camera sent no picture." in shown


def test_only_staff_of_this_lot_see_it(site, client):
    send(site)
    place = address(site)
    assert client.get(place).status_code == 302
    other = make_site()
    for stranger in (make_member(), make_staff(other)):
        client.force_login(stranger)
        assert client.get(place).status_code == 403
    foreign = reverse("dashboard_picture", args=[other.lot.code, "in-1", GatePicture.objects.get().pk])
    assert client.get(foreign).status_code == 404, "nor by the path of their own lot"
    client.force_login(make_staff(site))
    answer = client.get(place)
    assert (answer.status_code, answer["Content-Type"], answer.content) == (200, "image/jpeg", JPEG)
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert client.post(place).status_code == 405


def test_after_its_days_it_is_shown_to_nobody_and_purged(site, client, settings):
    assert settings.GATE_PICTURE_DAYS == 7
    send(site)
    reads(site)
    assert purge_gate_pictures() == 0
    over = timezone.now() - timedelta(days=7, seconds=1)
    GatePicture.objects.update(received_at=over)
    GateState.objects.update(plate_at=over)
    client.force_login(make_staff(site))
    assert client.get(address(site)).status_code == 404
    assert "No plate was read lately." in panel(site)
    assert purge_gate_pictures() == 1
    assert not GatePicture.objects.exists()
    assert GateState.objects.values_list("plate", "sighting", "plate_at").get() == ("", "", None)
