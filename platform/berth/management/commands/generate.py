"""manage.py generate --spots N --bookings M [--seed S] [--directory DIR]"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from berth.generator import make_country
from berth.generator.database import embedded
from berth.generator.progress import Progress
from berth.kernel.errors import Conflict
from berth.services import ServiceError


class Command(BaseCommand):
    """Fills an empty database with a country of parking, for trying and measuring at scale."""

    help = "Generate clustered cities of listed spots with schedules, bookings and idle time, in an empty database."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--spots", type=int, default=10_000, metavar="N", help="listed spots (default 10,000)")
        parser.add_argument("--bookings", type=int, default=None, metavar="M", help="bookings (default 5 per spot)")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another country (default 1)")
        parser.add_argument("--directory", type=Path, help="embedded PostgreSQL there, instead of DATABASE_URL")

    def handle(self, *args: Any, **options: Any) -> None:
        spots, bookings = options["spots"], options["bookings"]
        bookings = 5 * spots if bookings is None else bookings
        if spots < 1 or bookings < 0 or bookings > 30 * spots:
            raise CommandError("Ask for at least one spot, and for 0 to 30 bookings per spot.")
        try:
            with ExitStack() as stack:
                if options["directory"]:
                    stack.enter_context(embedded(options["directory"]))
                country = make_country(
                    spots=spots, bookings=bookings, seed=options["seed"], now=timezone.now(), progress=Progress()
                )
        except (Conflict, ServiceError) as error:
            raise CommandError(str(getattr(error, "message", error))) from error
        self.stdout.write(
            f"{country.cities:,} cities, {country.lots:,} lots, {country.spots:,} spots, {country.bookings:,} bookings"
        )
