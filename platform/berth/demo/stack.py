"""All of the demo as one object: for `make demo` and for browser tests alike."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from berth.demo import keys
from berth.demo.addresses import Addresses, Urls
from berth.demo.errors import DemoError, end_of
from berth.demo.preparation import Preparation
from berth.demo.processes import Surroundings, processes
from berth.demo.supervised import Supervised
from berth.demo.watchdog import Watchdog
from berth.services import EmbeddedServices
from berth.services.server import wait_for

READY_PATIENCE = 120.0
"""Seconds that a process may take until it is ready, on a slow machine with everything starting at once."""
LOOK_EVERY = 0.25

Say = Callable[[str], None]


class DemoStack:
    """The platform, its servers, the cashier and the simulated lots of one data directory.

    `start` returns when everything is ready. Call it on a thread that lives until `stop`.
    A process that crashes is started again, with a growing pause, and reported through `say`.
    """

    def __init__(
        self,
        directory: Path,
        *,
        port: int | None = None,
        host: str = "127.0.0.1",
        durable: bool = True,
        say: Say = print,
    ) -> None:
        self.directory = directory.resolve()
        self.services = EmbeddedServices(self.directory, durable=durable)
        self.sign_in = ""
        """Who to sign in as: what the seed printed."""
        self._addresses = Addresses(self.directory, host=host, web_port=port)
        self._say = say
        self._watchdog = Watchdog()
        self._supervised: dict[str, Supervised] = {}
        self._turn = threading.RLock()
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="demo-watcher", daemon=True)

    @property
    def urls(self) -> Urls:
        """Where web, live, cashier and simulator are reached."""
        return self._addresses.urls

    @property
    def names(self) -> list[str]:
        """The processes, in starting order."""
        return list(self._supervised)

    @property
    def environment(self) -> dict[str, str]:
        """For a process that should see the platform as its own do, e.g. manage.py."""
        return self._surroundings.platform

    def start(self) -> None:
        """Start everything. Raises DemoError or ServiceError after having stopped what was started."""
        self._watchdog.start()
        try:
            self._start_servers()
            self._surroundings = Surroundings(
                self.directory, self._addresses, self.services.environment, keys.load_or_create(self.directory)
            )
            preparation = Preparation(self._surroundings, self.directory / "logs", self._watchdog.track)
            self.sign_in = preparation.run(self._step)
            self._start_processes()
        except BaseException:
            self.stop()
            raise
        self._watcher.start()

    def stop(self) -> None:
        """Stop everything in order: lots, platform, Valkey, PostgreSQL. Harmless when repeated."""
        self._stopping.set()
        with self._turn:
            for _order, group in self._by_order(reverse=True):
                for each in group:
                    each.ask_to_stop()
                for each in group:
                    each.stop()
            self.services.stop()
        self._addresses.release()
        self._watchdog.stop()

    def stop_process(self, name: str) -> None:
        """Stop one process in its own way and leave it stopped."""
        with self._turn:
            self._supervised[name].stop()

    def start_process(self, name: str, *, wait: bool = True) -> None:
        """Start one that was stopped; returns when it is ready."""
        with self._turn:
            self._supervised[name].start()
        if wait:
            self.wait_ready(name)

    def kill_process(self, name: str) -> None:
        """Kill one (SIGKILL) with all its children, as a crash would; it comes back by itself."""
        with self._turn:
            self._supervised[name].kill()

    def wait_ready(self, *names: str, patience: float = READY_PATIENCE) -> None:
        """Wait until the named (none: all) do their work. Raises DemoError with the log of one that fails."""
        for name in names or self.names:
            each = self._supervised[name]
            if not wait_for(partial(self._ready_or_hopeless, each), patience, pause=0.1) or not each.is_ready():
                raise DemoError(f"{name} did not get ready; the end of {each.log}:\n{end_of(self.log_of(name))}")

    def _ready_or_hopeless(self, each: Supervised) -> bool:
        """Before the watcher runs, nobody starts a crashed process again."""
        return each.is_ready() or (each.pid is None and not self._watcher.is_alive())

    def log_of(self, name: str) -> str:
        """What a process has written so far, in this and earlier runs."""
        return self._supervised[name].log.read_text(errors="replace")

    def _start_servers(self) -> None:
        def start() -> None:
            self.services.start()
            self._watch_servers()
            self._addresses.choose()

        self._step("PostgreSQL and Valkey", start)

    def _watch_servers(self) -> None:
        for server in self.services.servers:
            if server.process is not None:
                self._watchdog.track(server.process.pid, True)

    def _start_processes(self) -> None:
        for spec in processes(self._surroundings):
            log = self.directory / "logs" / f"{spec.name}.log"
            self._supervised[spec.name] = Supervised(spec, log, self._watchdog.track)
        for _order, group in self._by_order():
            self._step(", ".join(each.spec.name for each in group), partial(self._start_group, group))

    def _start_group(self, group: list[Supervised]) -> None:
        for each in group:
            each.start()
        self.wait_ready(*(each.spec.name for each in group))

    def _by_order(self, *, reverse: bool = False) -> list[tuple[int, list[Supervised]]]:
        def order(each: Supervised) -> int:
            return each.spec.order

        ordered = sorted(self._supervised.values(), key=order, reverse=reverse)
        return [(number, list(group)) for number, group in groupby(ordered, key=order)]

    def _watch(self) -> None:
        """Until stopped: restart what died. On a thread of its own, which outlives all that it starts."""
        while not self._stopping.wait(LOOK_EVERY):
            with self._turn:
                if self._stopping.is_set():
                    return
                for name in self.services.restart_dead():
                    self._say(f"{name} had ended and was started again.")
                    self._watch_servers()
                for line in filter(None, [each.look() for each in self._supervised.values()]):
                    self._say(line)

    def _step(self, what: str, action: Callable[[], None]) -> None:
        begun = time.monotonic()
        action()
        self._say(f"  {time.monotonic() - begun:5.1f} s  {what}")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
