"""manage.py check_idle_time [--repair]: is the stored idle time what schedules and occupancies say?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lots.domain.idle_check import check_idle_time


class Command(BaseCommand):
    help = "Compare stored idle time with schedules and occupancies; --repair rebuilds what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="rebuild the rows that differ")

    def handle(self, *args: Any, **options: Any) -> None:
        differences = check_idle_time(repair=options["repair"])
        for difference in differences:
            self.stdout.write(f"{difference.spot}: {difference.fault}")
        if differences and not options["repair"]:
            raise CommandError(f"{len(differences)} differences; --repair rebuilds them")
        self.stdout.write("repaired" if differences else "idle time is true")
