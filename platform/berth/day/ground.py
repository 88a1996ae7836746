"""A simulated lot as one sees it from the street: its control API, looked at all the time by one thread."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import requests

State = dict[str, Any]
LOOK_EVERY = 0.25


class Stuck(Exception):
    """What was waited for did not come. The text says what."""


class CannotDo(Exception):
    """The simulated lot refused a deed. ``code`` as in docs/simulator.md."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Ground:
    """One lot. ``turn(name)`` is the queue before a gate or a card reader."""

    def __init__(self, simulator: str, code: str) -> None:
        self.code = code
        self._address = f"{simulator}/lots/{code}"
        self._session = requests.Session()
        self.state: State = self._look()
        self._changed = threading.Condition()
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"ground-{code}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def turn(self, name: str) -> threading.Lock:
        return self._turns[name]

    def act(self, action: str, **arguments: Any) -> None:
        """Raises CannotDo."""
        answer = requests.post(f"{self._address}/actions", json={"action": action, **arguments}, timeout=30)
        if not answer.ok:
            raise CannotDo(str(answer.json().get("title", answer.status_code)))

    def wait(self, what: str, seen: Callable[[State], bool], patience: float = 60.0) -> State:
        """The first state in which it is seen. Raises Stuck."""
        until = time.monotonic() + patience
        with self._changed:
            while not seen(self.state):
                if not self._changed.wait(until - time.monotonic()):
                    raise Stuck(f"{what}: not in {patience:.0f} s")
            return self.state

    def sees(self, seen: Callable[[State], bool], patience: float) -> bool:
        """Whether it is seen in that time."""
        try:
            self.wait("", seen, patience)
        except Stuck:
            return False
        return True

    def gate(self, direction: str) -> str:
        return str(next(gate["code"] for gate in self.state["gates"] if gate["direction"] == direction))

    def controller_of(self, spot: str) -> str:
        return str(next(item["code"] for item in self.state["controllers"] if spot in item["spots"]))

    def other_controller(self, spot: str) -> str:
        return str(next(item["code"] for item in self.state["controllers"] if spot not in item["spots"]))

    @property
    def spots(self) -> list[str]:
        """Those with a lock."""
        return [lock["spot"] for lock in self.state["locks"]]

    def _look(self) -> State:
        return dict(self._session.get(self._address, timeout=30).json())

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_EVERY):
            try:
                state = self._look()
            except (requests.RequestException, ValueError):
                continue
            with self._changed:
                self.state = state
                self._changed.notify_all()


def place(state: State, plate: str) -> str:
    """Where the car is: outside, gate:<code>, inside or spot:<code>."""
    return str(car(state, plate).get("place", "outside"))


def car(state: State, plate: str) -> State:
    return next((item for item in state["cars"] if item["plate"] == plate), {})


def gate(state: State, code: str) -> State:
    return next(item for item in state["gates"] if item["code"] == code)


def lock(state: State, spot: str) -> State:
    return next(item for item in state["locks"] if item["spot"] == spot)


def display(state: State, controller: str) -> str:
    return str(next(item["display"] for item in state["controllers"] if item["code"] == controller))
