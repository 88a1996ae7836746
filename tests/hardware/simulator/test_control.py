"""The control API of the simulated lot over HTTP: every action, done and refused; what drivers do and do not."""

from __future__ import annotations

import io
import threading

import pytest
import requests
from PIL import Image

from hardware.simulator import drivers
from hardware.simulator.actions import ACTIONS
from hardware.simulator.camera import alert_xml, picture
from hardware.simulator.cars import Card
from hardware.simulator.control import ControlServer
from tests.hardware.lotserver.world import PATIENCE, make_simulated

PLATE = "粤A12345"


class Api:
    """The simulator as ``python -m hardware.simulator`` runs it, in this process; the controllers have no power."""

    def __init__(self, directory):
        self.lot = make_simulated(directory, 1)
        self.gates, self.locks, self.cars = self.lot.gates, self.lot.locks, self.lot.traffic.cars
        for part in (*self.lot.lines.values(), *self.gates.values()):
            part.start()
        self.server = ControlServer(("127.0.0.1", 0), {"yijing": self.lot})
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.main = threading.Thread(target=self._work, daemon=True)
        self.main.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def _work(self):
        while (work := self.server.work.get()) is not None:
            work()

    def stop(self):
        self.server.work.put(None)
        self.server.shutdown()
        self.server.server_close()
        self.lot.stopped = True
        self.lot.notify()
        for part in (*self.gates.values(), *self.lot.lines.values()):
            part.stop()
        for controller in self.lot.controllers.values():
            controller.panel.close()
            controller.bus.stop()

    def act(self, action, **arguments):
        answer = requests.post(f"{self.url}/lots/yijing/actions", json={"action": action, **arguments}, timeout=10)
        return answer.status_code, answer.json().get("title", "")

    def until(self, seen):
        assert self.lot.wait_for(seen, PATIENCE), self.lot.state()

    def car(self, place="inside", card=True):
        car = self.lot.traffic.get_or_make(PLATE)
        car.place, car.card = place, Card("04AA", b"credential") if card else None
        return car

    def lower(self, spot):
        self.locks[spot].write_coil(0, True)
        self.until(lambda: self.locks[spot].position == "lowered")


@pytest.fixture
def api(tmp_path_factory):
    made = Api(tmp_path_factory.mktemp("s"))
    yield made
    made.stop()


def test_state_shows_everything(api):
    state = requests.get(f"{api.url}/lots/yijing", timeout=5).json()
    assert [gate["code"] for gate in state["gates"]] == ["in-1", "out-1"]
    assert [(c["code"], c["online"], c["spots"]) for c in state["controllers"]] == [
        ("c1", False, ["A-01", "A-02"]),
        ("c2", False, ["A-03", "A-04"]),
    ]
    assert [(lock["spot"], lock["position"], lock["fault"]) for lock in state["locks"]] == [
        (f"A-0{n}", "raised", "") for n in range(1, 5)
    ]
    assert requests.get(f"{api.url}/lots", timeout=5).json() == {"lots": ["yijing"]}
    assert requests.get(f"{api.url}/healthz", timeout=5).json() == {"ok": True}


REFUSALS = [
    ("tailgate", {}, 400, "wrong"),
    ("refill_cards", {"gate": "nowhere"}, 404, "unknown"),
    ("car_arrives", {}, 400, "wrong"),
    ("car_arrives", {"plate": 5}, 400, "wrong"),
    ("car_arrives", {"plate": "粤" * 41}, 400, "wrong"),
    ("car_arrives", {"plate": PLATE, "gate": "nowhere"}, 404, "unknown"),
    ("car_leaves", {"plate": "粤B00000"}, 409, "not_there"),
    ("turn_back", {"plate": "粤B00000"}, 409, "not_there"),
    ("swipe", {"plate": "粤B00000", "controller": "c1"}, 404, "unknown"),
    ("swipe", {"plate": PLATE, "controller": "c9"}, 404, "unknown"),
    ("swipe", {"plate": PLATE, "controller": "c1"}, 409, "no_power"),
    ("park", {"plate": PLATE, "spot": "Z-99"}, 404, "unknown"),
    ("park", {"plate": PLATE, "spot": "A-01"}, 409, "up"),
    ("tamper_card", {"plate": "粤B00000"}, 409, "no_card"),
    ("press_emergency", {"controller": "c9"}, 404, "unknown"),
    ("press_emergency", {"controller": "c1"}, 409, "no_power"),
    ("jam_lock", {"spot": "Z-99"}, 404, "unknown"),
    ("clear_lock", {}, 400, "wrong"),
    ("kill_lock", {"spot": "Z-99"}, 404, "unknown"),
    ("battery_low", {"spot": "Z-99"}, 404, "unknown"),
    ("power_off", {"controller": "c9"}, 404, "unknown"),
    ("power_on", {"controller": "c9"}, 404, "unknown"),
    ("cut_wire", {"controller": "c9"}, 404, "unknown"),
    ("restore_wire", {"controller": "c9"}, 404, "unknown"),
    ("noise", {"rate": 0.5}, 400, "wrong"),
    ("noise", {"rate": True}, 400, "wrong"),
    ("unsigned_camera", {}, 400, "wrong"),
    ("explode", {}, 404, "unknown"),
]


def test_every_action_has_its_refusal():
    assert {action for action, *_ in REFUSALS} - {"explode"} == set(ACTIONS)


@pytest.mark.parametrize(("action", "arguments", "status", "code"), REFUSALS)
def test_refused_action_is_a_problem_and_changes_nothing(api, action, arguments, status, code):
    api.car()
    before = api.lot.state()
    assert api.act(action, **arguments) == (status, code)
    assert api.lot.state() == before


@pytest.mark.parametrize("path", ["/", "/lots/tianhe", "/lots/yijing/actions/x"])
def test_unknown_paths(api, path):
    assert requests.get(api.url + path, timeout=5).status_code == 404
    assert requests.post(api.url + path, json={}, timeout=5).status_code == 404


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b"\xff", b"x" * 20_000])
def test_body_that_is_no_object(api, body):
    answer = requests.post(f"{api.url}/lots/yijing/actions", body, timeout=5)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


def test_faults_of_a_lock(api):
    assert api.act("jam_lock", spot="A-01") == (200, "")
    assert api.act("kill_lock", spot="A-02") == (200, "")
    assert api.act("battery_low", spot="A-03") == (200, "")
    assert [api.locks[s].fault for s in ("A-01", "A-02", "A-03")] == ["jammed", "dead", ""]
    assert api.locks["A-03"].inputs() == [True, False, False, False, True]
    for spot in ("A-01", "A-02"):
        assert api.act("clear_lock", spot=spot) == (200, "")
    assert [api.locks[s].fault for s in ("A-01", "A-02")] == ["", ""]


def test_power_and_wire_of_a_controller(api):
    assert api.act("cut_wire", controller="c1") == (200, "")
    assert api.act("restore_wire", controller="c1") == (200, "")
    assert api.act("noise", rate=0.001) == (200, "")
    assert api.act("noise", rate=0) == (200, "")
    assert api.act("power_off", controller="c1") == (200, ""), "twice off is off"


def test_deed_that_fails_in_the_main_thread_leaves_the_simulator_running(api):
    """The controller's file was never written, so that its folder's loss shows."""
    api.lot.controllers["c1"]._log = api.lot.controllers["c1"]._log / "no" / "folder"
    assert api.act("power_on", controller="c1") == (500, "failed")
    assert api.act("power_on", controller="c9") == (404, "unknown")


def test_tampering_changes_one_bit_and_twice_none(api):
    car = api.car()
    assert api.act("tamper_card", plate=PLATE) == (200, "")
    assert sum((a ^ b).bit_count() for a, b in zip(car.card.memory, b"credential", strict=True)) == 1
    api.act("tamper_card", plate=PLATE)
    assert car.card.memory == b"credential"


def test_one_car_at_a_gate_at_a_time(api):
    assert api.act("car_arrives", plate=PLATE) == (200, "")
    assert api.act("car_arrives", plate="粤B00000") == (409, "taken")
    assert api.act("car_arrives", plate=PLATE) == (409, "taken")
    assert api.gates["in-1"].barrier.vehicle_present
    assert api.act("turn_back", plate=PLATE) == (200, "")
    assert (api.cars[PLATE].place, api.gates["in-1"].barrier.vehicle_present) == ("outside", False)
    assert api.act("turn_back", plate=PLATE) == (409, "not_there")


def test_driver_passes_when_the_barrier_is_open(api):
    api.act("car_arrives", plate=PLATE)
    api.gates["in-1"].barrier.write_coil(0, True)
    api.until(lambda: api.cars[PLATE].place == "inside")
    assert not api.gates["in-1"].barrier.vehicle_present


def test_driver_who_turned_back_leaves_the_next_one_s_card(api):
    gate = api.gates["in-1"]
    api.act("car_arrives", plate="粤B00000")
    api.act("turn_back", plate="粤B00000")
    api.act("car_arrives", plate=PLATE)
    gate.machine.at_mouth = Card("04BB")
    api.lot.notify()
    api.until(lambda: api.cars[PLATE].card is not None)
    assert (api.cars[PLATE].card.uid, api.cars["粤B00000"].card) == ("04BB", None)


def test_parking_needs_a_lowered_lock_and_a_free_spot(api):
    api.car()
    api.lower("A-01")
    api.locks["A-01"].vehicle_present = True
    assert api.act("park", plate=PLATE, spot="A-01") == (409, "taken")
    api.locks["A-01"].vehicle_present = False
    assert api.act("park", plate=PLATE, spot="A-01") == (200, "")
    assert (api.cars[PLATE].place, api.locks["A-01"].vehicle_present) == ("spot:A-01", True)
    api.lower("A-02")
    assert api.act("park", plate=PLATE, spot="A-02") == (409, "not_there")


def test_swipe_needs_a_card_and_being_inside(api):
    api.car(card=False)
    assert api.act("swipe", plate=PLATE, controller="c1") == (409, "no_card")
    api.car(place="gate:in-1")
    assert api.act("swipe", plate=PLATE, controller="c1") == (409, "not_there")


def test_leaving_frees_the_spot_and_gives_the_card(api):
    car = api.car(place="spot:A-01")
    api.locks["A-01"].vehicle_present = True
    assert api.act("car_leaves", plate=PLATE) == (200, "")
    assert not api.locks["A-01"].vehicle_present
    api.until(lambda: car.card is None)
    api.gates["out-1"].barrier.write_coil(0, True)
    api.until(lambda: car.place == "outside")


def test_refusals_name_codes_that_drivers_document():
    for _, _, _, code in REFUSALS:
        assert code in drivers.Refused.__doc__


@pytest.mark.parametrize("plate", [PLATE, "粤AD12345", "A", "京A·<&>", "\x00"])
def test_camera_takes_a_jpeg(plate):
    with Image.open(io.BytesIO(picture(plate))) as image:
        assert (image.format, image.size) == ("JPEG", (320, 110))


def test_alert_escapes_what_it_is_told():
    xml = alert_xml(event="<&>", plate="<b>", confidence=1, gate="&", direction="exit")
    assert "<licensePlate>&lt;b&gt;</licensePlate>" in xml
    assert "<UUID>&lt;&amp;&gt;</UUID>" in xml
    assert "<direction>reverse</direction>" in xml
