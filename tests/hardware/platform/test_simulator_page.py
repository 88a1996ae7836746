"""The page of the simulated lots, against the real control API of a real simulated lot."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from hardware.domain import lot_files
from hardware.simulator import config as simulator_config
from hardware.simulator.control import ControlServer
from hardware.simulator.lot import SimulatedLot
from tests.hardware.making import make_grant

pytestmark = pytest.mark.django_db


@pytest.fixture
def simulated(site, settings, tmp_path):
    """The site's lot, simulated: its lines and devices are there, its controllers are switched off."""
    around = lot_files.Around(tmp_path, "http://127.0.0.1:9", "redis://127.0.0.1:9", "unused")
    file = tmp_path / "simulator.json"
    lot_files.write(file, {"lots": [lot_files.simulator_lot(lot_files.server_file(site.lot, around), site.lot)]})
    (config,) = simulator_config.load(file)
    lot = SimulatedLot(config, runtime=tmp_path / "run", logs=tmp_path)
    server = ControlServer(("127.0.0.1", 0), {config.code: lot})
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    settings.SIMULATOR_URL = f"http://127.0.0.1:{server.server_address[1]}"
    yield lot
    server.shutdown()
    thread.join()
    server.server_close()
    lot.stop()


def page(site) -> str:
    return reverse("simulator", args=[site.lot.code])


def post(site, client=None, **fields):
    return (client or Client()).post(page(site), fields, headers={"HX-Request": "true"})


def test_faults_of_gates_and_lines_are_clicked_and_shown(site, simulated):
    client = Client(headers={"Accept-Language": "en"})
    for fields in ({"action": "camera_off", "gate": "in-1"}, {"action": "jam_barrier", "gate": "out-1"}):
        assert "note" not in post(site, **fields).content.decode()
    assert "note" not in post(site, action="cut_line", line="1").content.decode()
    text = client.get(page(site)).content.decode()
    for seen in ("Camera on", "Mend the barrier", "Mend the line", "Cut its power"):
        assert seen in text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_shows_what_is_there(site, simulated, language):
    make_grant(site, plates=["粤B12345"])
    answer = Client().get(page(site), headers={"Accept-Language": language})
    text = answer.content.decode()
    assert answer.status_code == 200
    for seen in ("A-11", "C1", "in-1", "out-1", "粤B12345"):
        assert seen in text


def test_the_page_keeps_the_strict_content_security_policy(site, simulated):
    text = Client().get(page(site)).content.decode()
    assert not re.search(r"<[^>]+\s(style|on\w+)=", text)
    assert not re.search(r"<script(?![^>]*\b(src|nonce)=)", text)


def test_the_state_is_sent_only_when_it_changed(site, simulated):
    state = reverse("simulator_state", args=[site.lot.code])
    first = Client().get(state)
    seen = re.search(r"seen=(\w+)", first.content.decode())[1]
    assert Client().get(state, {"seen": seen}).status_code == 204
    simulated.locks["A-11"].jam(True)
    changed = Client().get(state, {"seen": seen})
    assert (changed.status_code, f"seen={seen}" in changed.content.decode()) == (200, False)


def test_an_action_reaches_the_lot(site, simulated):
    answer = post(site, action="jam_lock", spot="A-12")
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "simulator:acted")
    assert simulated.locks["A-12"].fault == "jammed"
    post(site, action="clear_lock", spot="A-12")
    assert simulated.locks["A-12"].fault == ""


def test_a_plate_is_read_however_it_is_typed(site, simulated):
    post(site, action="car_arrives", plate=" 粤b·12345 ")
    assert list(simulated.traffic.cars) == ["粤B12345"]


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "jam_lock", "spot": "Z-99"},
        {"action": "no_such_deed"},
        {"action": ""},
        {"action": "swipe", "plate": "粤B12345", "controller": "C1"},
        {"action": "car_arrives", "plate": "x" * 30},
        {"action": "car_arrives", "plate": ""},
        {"action": "press_emergency", "controller": "C1"},
    ],
)
def test_what_cannot_be_done_is_said(site, simulated, fields):
    answer = post(site, **fields)
    assert answer.status_code == 200
    assert "note" in answer.content.decode()
    assert simulated.traffic.cars == {}


def test_without_javascript_the_page_comes_back_with_the_refusal(site, simulated):
    answer = Client(headers={"Accept-Language": "en"}).post(
        page(site), {"action": "jam_lock", "spot": "Z-99"}, follow=True
    )
    assert answer.redirect_chain == [(page(site), 302)]
    assert "does not know that" in answer.content.decode()


def test_without_the_simulator_the_page_says_so(site, settings):
    settings.SIMULATOR_URL = "http://127.0.0.1:9"
    answer = Client(headers={"Accept-Language": "en"}).get(page(site))
    assert (answer.status_code, "does not answer" in answer.content.decode()) == (200, True)
    assert "note" in post(site, action="jam_lock", spot="A-11").content.decode()


@pytest.mark.parametrize("name", ["simulator", "simulator_state"])
def test_where_nothing_is_simulated_there_is_no_page(site, settings, name):
    settings.SIMULATOR_URL = ""
    path = reverse(name, args=[site.lot.code])
    assert Client().get(path).status_code == 404
    assert Client().post(path).status_code in (404, 405)
    assert Client().get(reverse("simulator_home")).status_code == 404


def test_a_lot_that_is_none_is_not_found(site, simulated):
    assert Client().get(reverse("simulator", args=["atlantis"])).status_code == 404


def test_home_leads_to_a_lot(site, simulated):
    assert Client().get(reverse("simulator_home")).headers["Location"] == page(site)


def test_actions_need_a_csrf_token(site, simulated):
    answer = post(site, Client(enforce_csrf_checks=True), action="jam_lock", spot="A-11")
    assert (answer.status_code, simulated.locks["A-11"].fault) == (403, "")


def test_the_files_agree_with_each_other(site, tmp_path):
    """One list of locks in the order of their units: the place in it is the lock's index on the wire."""
    around = lot_files.Around(Path(tmp_path), "http://127.0.0.1:9/", "redis://127.0.0.1:9", "unused")
    server = json.loads(json.dumps(lot_files.server_file(site.lot, around)))
    played = lot_files.simulator_lot(server, site.lot)
    told = [c["locks"] for line in server["lines"] for c in line["controllers"]]
    assert (
        told
        == [[lock["spot"] for lock in c["locks"]] for c in played["controllers"]]
        == [
            ["A-11", "A-12"],
            ["A-21", "A-22"],
        ]
    )
