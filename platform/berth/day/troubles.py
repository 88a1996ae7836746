"""What befalls whole lots and the platform while the cars come and go; each is over before the next begins."""

from __future__ import annotations

import itertools
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import requests

from berth.day.ground import CannotDo, Ground

log = logging.getLogger(__name__)
CALM = 12.0
"""Seconds between two of them."""
NOISE_RATE = 1e-4
NOISE_LASTS = 40.0
AWAY_LASTS = 20.0
PLATFORM = ("web", "worker", "beat", "live")


class Stack(Protocol):
    """What is used of berth.demo.DemoStack: its processes."""

    def stop_process(self, name: str) -> None: ...
    def start_process(self, name: str, *, wait: bool = True) -> None: ...
    def kill_process(self, name: str) -> None: ...
    def wait_ready(self, *names: str) -> None: ...


class Troubles:
    """A thread that makes them, in an order that the seed decides. Without ``stack`` the platform is left alone."""

    def __init__(self, lots: Sequence[Ground], stack: Stack | None, seed: int) -> None:
        self._lots = lots
        self._stack = stack
        self._chance = random.Random(seed)  # noqa: S311 (a play, not a secret)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="troubles")
        self._began = time.monotonic()
        self.happened: list[tuple[float, str]] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when everything runs again."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        kinds: list[Callable[[], None]] = [self._noise, self._dark_server]
        if self._stack:
            kinds += [self._platform_away, *(self._killer(name) for name in ("worker", "web", "cashier"))]
        self._chance.shuffle(kinds)
        for trouble in itertools.cycle(kinds):
            if self._stopping.wait(CALM):
                return
            try:
                trouble()
            except (CannotDo, requests.RequestException):
                log.exception("a trouble could not be made")

    def _say(self, what: str) -> None:
        self.happened.append((time.monotonic() - self._began, what))

    def _noise(self) -> None:
        lot = self._chance.choice(self._lots)
        self._say(f"noise on the lines of {lot.code}: one bit in {1 / NOISE_RATE:.0f} for {NOISE_LASTS:.0f} s")
        lot.act("noise", rate=NOISE_RATE)
        self._stopping.wait(NOISE_LASTS)
        lot.act("noise", rate=0)

    def _dark_server(self) -> None:
        lot = self._chance.choice(self._lots)
        self._say(f"the lot server of {lot.code} loses its power for 5 s")
        lot.act("server_off")
        time.sleep(5)
        lot.act("server_on")

    def _platform_away(self) -> None:
        stack = self._running()
        self._say(f"the platform is away for {AWAY_LASTS:.0f} s: web, worker, beat and live stopped")
        for name in PLATFORM:
            stack.stop_process(name)
        self._stopping.wait(AWAY_LASTS)
        for name in PLATFORM:
            stack.start_process(name, wait=False)
        stack.wait_ready(*PLATFORM)

    def _killer(self, name: str) -> Callable[[], None]:
        def kill() -> None:
            self._say(f"{name} is killed")
            self._running().kill_process(name)
            self._running().wait_ready(name)

        return kill

    def _running(self) -> Stack:
        if self._stack is None:
            raise RuntimeError("only with a stack of one's own")
        return self._stack
