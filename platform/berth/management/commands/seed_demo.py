"""manage.py seed_demo [--json] [--past-payments FILE]"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from berth.seed.city import make_city
from berth.seed.history import past_payments
from berth.seed.report import as_table


class Command(BaseCommand):
    """Fills the demo with a believable Guangzhou; a second run keeps what is there."""

    help = "Make the demo's lots, people, offers and history where they are missing, and print who to sign in as."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the sign-in table as JSON")
        parser.add_argument(
            "--past-payments", type=Path, help="write what was paid in the past, for the sandbox cashier"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo's people have known passwords: seed_demo runs only with BERTH_DEMO=1.")
        report = make_city()
        if options["past_payments"]:
            options["past_payments"].write_text(json.dumps(past_payments(), ensure_ascii=False))
        self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False) if options["json"] else as_table(report))
