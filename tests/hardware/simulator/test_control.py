"""The control API of the simulated lot over HTTP: every action, done and refused; what drivers do and do not."""

from __future__ import annotations

import io
import json
import threading

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from hardware.simulator import drivers
from hardware.simulator.actions import ACTIONS
from hardware.simulator.camera import alert_xml, picture
from hardware.simulator.cars import Card
from hardware.simulator.control import STATUS, ControlServer
from hardware.simulator.drivers import Refused
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
            controller.stop()

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


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """For tests that change nothing, or nothing that another one of them would see."""
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
    ("swipe", {"plate": PLATE, "controller": "c1", "spot": "Z-99"}, 404, "unknown"),
    ("insert_card", {"plate": PLATE}, 409, "not_there"),
    ("drop_card", {"plate": "粤B00000"}, 409, "no_card"),
    ("pick_up_card", {"plate": PLATE}, 409, "taken"),
    ("pick_up_card", {"plate": "粤B00000"}, 409, "not_there"),
    ("refill_cards", {"gate": "out-1"}, 404, "unknown"),
    ("jam_barrier", {"gate": "in-9"}, 404, "unknown"),
    ("kill_barrier", {"gate": ["in-1"]}, 400, "wrong"),
    ("clear_barrier", {}, 400, "wrong"),
    ("camera_off", {"gate": "in-9"}, 404, "unknown"),
    ("camera_on", {"gate": "\ud800"}, 400, "wrong"),
    ("server_off", {}, 404, "unknown"),
    ("server_on", {}, 404, "unknown"),
    ("cut_line", {"line": True}, 400, "wrong"),
    ("cut_line", {"line": 9}, 404, "unknown"),
    ("restore_line", {"line": "1"}, 400, "wrong"),
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
def test_refused_action_is_a_problem_and_changes_nothing(shared, action, arguments, status, code):
    shared.car()
    before = shared.lot.state()
    assert shared.act(action, **arguments) == (status, code)
    assert shared.lot.state() == before


WORDS = st.sampled_from(["in-1", "out-1", "c1", "A-01", PLATE, "粤B00000", "", 1, 0, -1, None, [], {}, 1e300, "\x00"])
DEEDS = [name for name in ACTIONS if name not in {"power_on", "power_off"}]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    action=st.sampled_from(DEEDS),
    arguments=st.dictionaries(
        st.sampled_from(["plate", "gate", "controller", "spot", "line", "rate", "read_as"]),
        WORDS | st.text(max_size=50) | st.integers() | st.floats(),
    ),
)
def test_odd_input_is_answered_and_never_breaks_the_lot(shared, action, arguments):
    """In this thread, as the control API's handler calls it: done, or refused with a code that has a status."""
    codes = []
    try:
        shared.server.act(shared.lot, action, arguments)
    except Refused as refusal:
        codes.append(refusal.code)
    assert [code for code in codes if STATUS.get(code, 409) >= 500] == []
    assert json.dumps(shared.lot.state(), ensure_ascii=False).encode()


@pytest.mark.parametrize("path", ["/", "/lots/tianhe", "/lots/yijing/actions/x"])
def test_unknown_paths(shared, path):
    assert requests.get(shared.url + path, timeout=5).status_code == 404
    assert requests.post(shared.url + path, json={}, timeout=5).status_code == 404


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b"\xff", b"x" * 20_000, b"[" * 9_000])
def test_body_that_is_no_object(shared, body):
    answer = requests.post(f"{shared.url}/lots/yijing/actions", body, timeout=5)
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


def test_camera_without_power_posts_nothing(api):
    api.act("camera_off", gate="in-1")
    api.act("car_arrives", plate=PLATE)
    api.until(lambda: api.cars[PLATE].place == "gate:in-1")
    state = requests.get(f"{api.url}/lots/yijing", timeout=5).json()
    assert (state["gates"][0]["camera_on"], state["gates"][0]["camera"]) == (False, 0)


def test_camera_may_read_another_plate(api, monkeypatch):
    read = []
    monkeypatch.setattr(api.gates["in-1"].camera, "sees", read.append)
    api.act("car_arrives", plate=PLATE, read_as="粤A1234S")
    api.until(lambda: read == ["粤A1234S"])
    assert api.lot.state()["cars"][0]["read_as"] == "粤A1234S"


def test_card_is_dropped_and_found(api):
    card = api.car().card
    assert api.act("drop_card", plate=PLATE) == (200, "")
    assert (api.cars[PLATE].card, api.lot.state()["lost_cards"]) == (None, ["04AA"])
    assert api.act("swipe", plate=PLATE, controller="c1") == (409, "no_card")
    other = api.lot.traffic.get_or_make("粤B00000")
    other.place = "inside"
    assert api.act("pick_up_card", plate="粤B00000") == (200, "")
    assert (other.card, api.lot.state()["lost_cards"]) == (card, [])
    assert api.act("pick_up_card", plate=PLATE) == (409, "no_card")


def test_collected_cards_go_back_to_the_entry(api):
    api.gates["out-1"].machine.bin.append(Card("04CC"))
    before = api.gates["in-1"].state()["cards"]
    assert api.act("refill_cards") == (200, "")
    assert (api.gates["in-1"].state()["cards"], api.gates["out-1"].state()["collected"]) == (before + 1, 0)


def test_line_and_wire_are_seen_as_cut(api):
    api.act("cut_line", line=1)
    api.act("cut_wire", controller="c2")
    state = api.lot.state()
    assert (state["lines"][0]["cut"], [c["wire_cut"] for c in state["controllers"]]) == (True, [False, True])
    api.act("restore_line", line=1)
    api.act("restore_wire", controller="c2")
    state = api.lot.state()
    assert (state["lines"][0]["cut"], [c["wire_cut"] for c in state["controllers"]]) == (False, [False, False])


@pytest.mark.parametrize(("deed", "fault"), [("jam_barrier", "jammed"), ("kill_barrier", "dead")])
def test_faults_of_a_barrier(api, deed, fault):
    api.act(deed, gate="in-1")
    assert api.gates["in-1"].state()["barrier_fault"] == fault
    api.act("clear_barrier", gate="in-1")
    assert api.gates["in-1"].state()["barrier_fault"] == ""
