"""What is done before the processes start: schema, demo data, the lots' configuration. All of it idempotent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from berth.demo.errors import DemoError, end_of
from berth.demo.processes import ROOT, Surroundings, python
from berth.services import processes

Step = Callable[[str, Callable[[], None]], None]


class Preparation:
    """The manage.py commands of a start."""

    def __init__(self, around: Surroundings, logs: Path, track: Callable[[int, bool], None]) -> None:
        self._around = around
        self._logs = logs
        self._track = track
        self._said = ""

    def run(self, step: Step) -> str:
        """Do all; what the seed said about who can sign in."""
        for folder in ("static", "media"):
            (self._around.directory / folder).mkdir(exist_ok=True)
        step("database schema", lambda: self._manage("migrate", "--no-input"))
        step("demo data", lambda: self._manage("seed_demo", "--past-payments", str(self._around.past_payments)))
        said = self._said
        step("configuration of the lots", lambda: self._manage("lot_config", *self._lot_options()))
        return said.strip()

    def _lot_options(self) -> list[str]:
        around = self._around
        urls = ["--platform-url", around.addresses.urls.web, "--broker-url", around.servers["REDIS_URL"]]
        return ["--directory", str(around.lots), *urls, "--simulator"]

    def _environment(self) -> dict[str, str]:
        """The platform's, and commits that do not each wait for the disk: what a power cut loses is made again."""
        return {**self._around.platform, "PGOPTIONS": "-c synchronous_commit=off"}

    def _manage(self, command: str, *options: str) -> None:
        """Run a manage.py command. Raises DemoError with the end of what it said."""
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{command}.log"
        arguments = python([str(ROOT / "manage.py"), command, *options])
        with log.open("wb") as output:
            process = processes.launch(arguments, output=output, env=self._environment(), cwd=ROOT)
        self._track(process.pid, True)
        try:
            code = process.wait()
        finally:
            processes.kill_group(process)
            self._track(process.pid, False)
        self._said = log.read_text(errors="replace")
        if code != 0:
            raise DemoError(f"manage.py {command} failed; the end of {log}:\n{end_of(self._said)}")
