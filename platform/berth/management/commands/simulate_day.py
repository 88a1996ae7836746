"""manage.py simulate_day [--cars 60] [--lots zhujiang …] [--speed 60] [--no-faults] [--seed 1] [--json path]"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from berth.day.ground import Stuck
from berth.day.play import Day, Script
from berth.day.troubles import Stack


class Command(BaseCommand):
    """Needs a running demo; `make simulate-day` starts one of its own, whose processes suffer too."""

    help = "Play a day: cars through the simulated lots, with faults; every story's outcome, none unexplained."

    stealth_options = ("stack",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--lots", nargs="+", help="codes; all simulated lots without it")
        parser.add_argument("--cars", type=int, default=60)
        parser.add_argument("--speed", type=float, default=60.0, help="how many times closer together the cars come")
        parser.add_argument("--no-faults", dest="faults", action="store_false", help="a quiet day")
        parser.add_argument("--faults", action="store_true", default=True, help="with faults (this is the default)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed plans the same day")
        parser.add_argument("--json", type=Path, metavar="PATH", help="write the report there too")

    def handle(self, *args: Any, stack: Stack | None = None, **options: Any) -> None:
        if not settings.DEMO or not settings.SIMULATOR_URL:
            raise CommandError("A day is played in the demo only: BERTH_DEMO=1, BERTH_SIMULATOR_URL, BERTH_PUBLIC_URL.")
        if options["cars"] < 1 or options["speed"] <= 0:
            raise CommandError("At least one car, at a speed above 0.")
        script = Script(
            self._lots(options["lots"]), options["cars"], options["speed"], options["faults"], options["seed"]
        )
        try:
            day = Day(
                script, site=settings.PUBLIC_URL, simulator=settings.SIMULATOR_URL, stack=stack, say=self.stdout.write
            )
        except Stuck as error:
            raise CommandError(str(error)) from error
        report = day.run()
        self.stdout.write(report.as_table())
        if options["json"]:
            options["json"].write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
        if not report.holds:
            raise CommandError("Something is unexplained.")

    def _lots(self, asked: list[str] | None) -> list[str]:
        try:
            played = requests.get(f"{settings.SIMULATOR_URL}/lots", timeout=10).json()["lots"]
        except requests.RequestException as error:
            raise CommandError(f"The simulator does not answer: {error}") from error
        if unknown := set(asked or []) - set(played):
            raise CommandError(f"Not simulated: {', '.join(sorted(unknown))}. There are: {', '.join(played)}.")
        return asked or list(played)
