"""Write what lot servers (and the simulated lots) are started with, and register their keys."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from berth.kernel import signatures
from hardware.domain import lot_files
from lots.models import Lot


class Command(BaseCommand):
    help = "Write server.json of each lot (mode 0600; existing keys are kept) and register the lots' public keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--directory", type=Path, required=True, help="<directory>/<lot code>/server.json")
        parser.add_argument("--platform-url", required=True, help="where lot servers reach the platform")
        parser.add_argument("--broker-url", required=True, help="where lot servers get their tasks")
        parser.add_argument("--simulator", action="store_true", help="also write <directory>/simulator.json")
        parser.add_argument("--lot", action="append", default=[], help="only this lot's code; may be repeated")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.GRANT_SIGNING_KEY:
            raise CommandError("BERTH_GRANT_SIGNING_KEY is not set: lot servers could not verify grants.")
        around = lot_files.Around(
            directory=options["directory"].resolve(),
            platform_url=options["platform_url"],
            broker_url=options["broker_url"],
            platform_public_key=signatures.public_key_of(settings.GRANT_SIGNING_KEY),
        )
        try:
            simulated = [self._write(lot, around) for lot in self._lots(options["lot"])]
            if options["simulator"]:
                lot_files.write(around.directory / "simulator.json", {"lots": simulated})
        except (OSError, ValueError, TypeError) as error:
            raise CommandError(str(error)) from error

    def _lots(self, codes: list[str]) -> list[Lot]:
        """Lots that have controllers. Raises CommandError for a code that is none."""
        lots = Lot.objects.filter(controllers__isnull=False).distinct().order_by("code")
        if not codes:
            return list(lots)
        found = list(lots.filter(code__in=codes))
        if missing := set(codes) - {lot.code for lot in found}:
            raise CommandError(f"no lot with controllers: {', '.join(sorted(missing))}")
        return found

    def _write(self, lot: Lot, around: lot_files.Around) -> dict[str, Any]:
        server = lot_files.server_file(lot, around)
        with transaction.atomic():
            is_new = lot_files.register(lot, server)
            lot_files.write(around.of(lot) / "server.json", server)
        self.stdout.write(f"{lot.code}: server.json{' (key registered)' if is_new else ''}")
        return lot_files.simulator_lot(server, lot)
