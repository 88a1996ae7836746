"""manage.py load_calendar REGION: add the shipped public holidays that the database lacks."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lots.domain import calendar


class Command(BaseCommand):
    help = "Add the shipped public holidays and made-up workdays of a region; what staff changed stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("region", nargs="?", default="CN", choices=calendar.shipped_regions())

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            added = calendar.load(options["region"])
        except (KeyError, ValueError) as error:
            raise CommandError(f"the shipped calendar cannot be read: {error}") from error
        self.stdout.write(f"{added} dates added")
