"""The simulated lot, as its control API shows it, made ready for its page. Only where settings.SIMULATOR_URL is set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from berth.kernel.errors import Conflict, DomainError, InvalidInput
from lots import queries as lot_queries
from lots.models import Lot

TIMEOUT = (1.0, 12.0)
"""Seconds to connect, and to wait: switching a controller on takes some."""
State = dict[str, Any]

REFUSALS: Mapping[str, str | Promise] = {
    "unknown": _("The simulated lot does not know that."),
    "wrong": _("That cannot be done like this. Check the plate."),
    "no_card": _("The driver holds no card."),
    "no_power": _("This controller has no power."),
    "not_there": _("The car is not in a place where that is possible."),
    "taken": _("Another car stands there already."),
    "up": _("The lock is up."),
    "busy": _("That did not work just now. Try again."),
}
THOUGHTS: Mapping[str, str | Promise] = {
    "wait_card": _("waits for the card"),
    "wait_barrier": _("waits for the barrier"),
    "wait_collector": _("gives the card back"),
    "no_card": _("has no card to give back"),
    "turned_away": _("was not let in; waits for staff"),
}
POSITIONS: Mapping[str, tuple[str, str | Promise]] = {
    "raised": ("grey", _("up")),
    "lowered": ("green", _("down")),
    "moving": ("amber", _("moving")),
    "jammed": ("red", _("jammed")),
}
BARRIERS: Mapping[str, tuple[str, str | Promise]] = {
    "open": ("green", _("open")),
    "closed": ("grey", _("closed")),
    "moving": ("amber", _("moving")),
}


class SimulatorAway(DomainError):
    """The simulator does not answer (503)."""

    status = 503


@dataclass(frozen=True, slots=True)
class Lamp:
    colour: str
    word: str | Promise


LIGHTS: Mapping[str, Lamp] = {
    "green": Lamp("green", pgettext_lazy("light", "green")),
    "amber": Lamp("amber", pgettext_lazy("light", "amber")),
    "red": Lamp("red", pgettext_lazy("light", "red")),
}


def state_of(lot: Lot) -> State:
    """All that can be seen at the simulated lot. Raises SimulatorAway, or InvalidInput where it plays no such lot."""
    return _ask("GET", f"/lots/{lot.code}")


def act(lot: Lot, action: str, arguments: Mapping[str, Any]) -> None:
    """Let somebody at the simulated lot do something. Raises Conflict, InvalidInput or SimulatorAway."""
    _ask("POST", f"/lots/{lot.code}/actions", {"action": action, **arguments})


def version_of(state: State) -> str:
    """Changes when anything that can be seen changes."""
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:16]


def view_of(lot: Lot, state: State) -> dict[str, Any]:
    """What the page shows: the state with words, lamps and floor plans."""
    cars = [_car(car) for car in state["cars"]]
    return {
        "version": version_of(state),
        "plans": _plans(lot, state, cars),
        "gates": [_gate(gate, cars) for gate in state["gates"]],
        "controllers": [_controller(item) for item in state["controllers"]],
        "lines": state.get("lines", []),
        "lost_cards": state.get("lost_cards", []),
        "server_on": state.get("server_on", True),
        "noise": state.get("noise", 0),
        "locks": [{**lock, "lamp": _lock_lamp(lock)} for lock in state["locks"]],
        "cars": cars,
    }


def _car(car: dict[str, Any]) -> dict[str, Any]:
    where, _colon, name = car["place"].partition(":")
    return {**car, "where": where, "name": name, "thought": THOUGHTS.get(car.get("thoughts", ""), "")}


def _gate(gate: dict[str, Any], cars: list[dict[str, Any]]) -> dict[str, Any]:
    colour, word = BARRIERS.get(gate["barrier"], ("grey", gate["barrier"]))
    waiting = next((car for car in cars if car["where"] == "gate" and car["name"] == gate["code"]), None)
    return {**gate, "lamp": Lamp(colour, word), "car": waiting}


def _controller(controller: dict[str, Any]) -> dict[str, Any]:
    lamp = Lamp("green", _("runs")) if controller["online"] else Lamp("red", _("no power"))
    light = LIGHTS.get(controller.get("led", ""))
    return {**controller, "light": light, "lamp": lamp, "lines": controller["display"].split("\n")}


def _lock_lamp(lock: dict[str, Any]) -> Lamp:
    if lock["fault"] == "dead":
        return Lamp("red", _("dead"))
    return Lamp(*POSITIONS.get(lock["position"], ("grey", lock["position"])))


def _plans(lot: Lot, state: State, cars: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every level: a bay is taken where a car stands, reserved where the lock is down, out of order with a fault."""
    by_code = {lock["spot"]: lock for lock in state["locks"]}
    plates = {car["name"]: car["plate"] for car in cars if car["where"] == "spot"}
    spots = list(lot.spots.all())
    states = {spot.pk: _bay_state(by_code.get(spot.code)) for spot in spots}
    labels = {spot.pk: plates[spot.code] for spot in spots if spot.code in plates}
    online = {item["code"]: item["online"] for item in state["controllers"]}
    plans = []
    for plan in lot.floor_plans.all():
        controllers = [
            {"code": item.code, "x": item.x, "y": item.y, "state": "ok" if online.get(item.code) else "fault"}
            for item in lot.controllers.all()
            if item.floor_plan_id == plan.pk
        ]
        plans.append(lot_queries.floor_plan_view(lot, plan=plan, states=states, labels=labels, controllers=controllers))
    return plans


def _bay_state(lock: dict[str, Any] | None) -> str:
    if lock is None:
        return "closed"
    if lock["fault"]:
        return "fault"
    if lock["vehicle_present"]:
        return "taken"
    return "reserved" if lock["position"] in ("lowered", "moving") else "free"


def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    try:
        response = requests.request(method, settings.SIMULATOR_URL + path, json=body, timeout=TIMEOUT)
        answer = response.json()
    except (requests.RequestException, ValueError) as error:
        raise SimulatorAway("simulator_away", _("The simulated lot does not answer at the moment.")) from error
    if response.status_code == requests.codes.ok:
        return dict(answer)
    code = str(answer.get("title", ""))
    refusal = Conflict if response.status_code == requests.codes.conflict else InvalidInput
    raise refusal(f"simulator_{code}"[:40], REFUSALS.get(code, REFUSALS["unknown"]))
