"""After a restore from a backup: let a lot begin anew with what the platform knows."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from berth.kernel.errors import DomainError
from hardware.domain import epochs
from lots.models import Lot
from members.models import Member


class Command(BaseCommand):
    help = "Raise the epoch of a lot's grants: it forgets grants that the platform does not know (docs/lot-system.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("lot", help="the lot's code")
        parser.add_argument("--by", required=True, help="e-mail address of the administrator who answers for it")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            raised = epochs.raise_epoch(
                lot=Lot.objects.get(code=options["lot"]),
                by=Member.objects.get(email=options["by"]),
                reason=options["reason"],
            )
        except (Lot.DoesNotExist, Member.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        self.stdout.write(f"{options['lot']}: epoch {raised.epoch}")
